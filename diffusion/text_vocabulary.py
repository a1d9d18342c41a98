"""The embedded text encoder's vocabulary: words that matter whole, all others spelled."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

LETTERS = "abcdefghijklmnopqrstuvwxyz'-\u2581"
RARE = -14.0  # log-probability of a piece that is no word
SPELLING = 2000  # pieces that spell at most
WANTED = 8  # more occurrences that a wanted word is credited with


def train_tokenizer(texts: Iterable[str], needed: Iterable[str], wanted: Iterable[str], size: int) -> str:
    """A unigram vocabulary (Kudo 2018) as tokenizer JSON; ids 0 pad, 1 end, 2 unknown.

    Every word of `needed` is a piece of its own, then the words of the texts, the most frequent first (those of `wanted` count
    WANTED times more), until there are `size` pieces; the pieces that unigram training finds, and all letters, spell the rest.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    counts = Counter(word for text in texts for word in text.split() if not set(word) - set(LETTERS))
    spelling = Tokenizer(models.Unigram())
    spelling.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=min(SPELLING, size // 4), initial_alphabet=list(LETTERS), show_progress=False)
    spelling.train_from_iterator(sorted(counts), trainer)
    pieces = {piece: RARE for piece in spelling.get_vocab()} | {letter: 2 * RARE for letter in LETTERS}
    pieces |= {f"\u2581{word}": _score(counts[word], counts.total()) for text in needed for word in text.split()}
    favoured = counts + Counter({word: WANTED for text in wanted for word in text.split() if word in counts})
    for word in sorted(favoured, key=lambda word: (-favoured[word], word)):
        if len(pieces) >= size - 3:
            break
        pieces[f"\u2581{word}"] = _score(counts[word], counts.total())
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizer = Tokenizer(models.Unigram([*special, *sorted(pieces.items())], unk_id=2))
    tokenizer.add_special_tokens([name for name, _ in special])
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return str(tokenizer.to_str())


def _score(count: int, total: int) -> float:
    """A word as a whole is always likelier than its parts."""
    return max(math.log((count + 1) / total), RARE + 1)
