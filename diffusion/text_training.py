"""Training of the embedded T5 encoder: read a sentence, say who stands in which relation to whom.

The catalog's grammar makes sentences for its contexts and for random pairs; three attention-pooling heads must name the
relation, the target and the base from the token states. The heads are thrown away; the encoder and its vocabulary stay.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn

from diffusion.text_encoder import FastTokeniser, new_t5, normalise_sentence
from diffusion.training import LoopConfig, fit, initialise
from oor.catalog.contexts import Context, predicates
from oor.catalog.prompts import held_out_prompts, training_prompts
from oor.catalog.splits import training_categories, training_contexts
from oor.files import write_safetensors, write_text

IGNORE = -100
SYLLABLES = (
    "ta",
    "re",
    "in",
    "so",
    "be",
    "lor",
    "mi",
    "der",
    "pha",
    "wit",
    "un",
    "es",
    "ki",
    "ly",
    "ment",
    "ter",
    "con",
    "sh",
    "gra",
    "vo",
)
RARE = -14.0  # log-probability of a piece that is not a word of the corpus


@dataclass(frozen=True)
class TextConfig:
    """The encoder and its corpus."""

    width: int = 128  # d_model
    layers: int = 4
    heads: int = 4
    hidden: int = 384  # d_ff
    prompts_per_context: int = 40
    random_pairs: int = 24_000  # sentences about pairs outside the contexts, so that words compose
    batch: int = 160
    word_dropout: float = 0.08  # share of pieces replaced by the unknown piece
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=3000, lr=2e-3, warmup=200, bf16=False))


@dataclass(frozen=True)
class Corpus:
    """Sentences, with made-up words among them (noisy) and without, and the indices of relation, target and base (or IGNORE)."""

    sentences: list[str]
    noisy: list[str]
    labels: Tensor  # (n, 3)


def corpus(config: TextConfig) -> Corpus:
    """The catalog's contexts, random pairs, and bare object words."""
    names, relations = list(training_categories()), list(predicates())
    rng = random.Random(config.loop.seed)
    rows: list[tuple[str, tuple[int, int, int]]] = []

    def add(context: Context, count: int, seed: int) -> None:
        label = (relations.index(context.predicate), names.index(context.target), names.index(context.base))
        rows.extend((sentence, label) for sentence in training_prompts(context, count, seed))

    for context in training_contexts():
        add(context, config.prompts_per_context, 0)
    for i in range(config.random_pairs // 4):
        add(Context(rng.choice(names), rng.choice(relations), rng.choice(names)), 4, i)
    for index, known in enumerate(training_categories().values()):
        for word in known.words * 8:
            rows.append((word, (IGNORE, index, index)))
    clean = [normalise_sentence(sentence) for sentence, _ in rows]
    noisy = [
        _with_strange_words(sentence, rng) if label[0] != IGNORE else sentence
        for sentence, (_, label) in zip(clean, rows, strict=True)
    ]
    return Corpus(clean, noisy, torch.tensor([label for _, label in rows]))


def _with_strange_words(sentence: str, rng: random.Random) -> str:
    """Half of the sentences get made-up words, mostly in front: what the encoder never met should not confuse it."""
    words = sentence.split()
    if rng.random() < 0.5:
        for _ in range(rng.choice((1, 2, 3))):
            place = rng.choice((0, 0, 0, len(words), rng.randrange(len(words) + 1)))
            words.insert(place, "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((1, 2)))))
    return " ".join(words)


def train_tokenizer(sentences: list[str]) -> str:
    """A unigram vocabulary (Kudo 2018) as tokenizer JSON; ids 0 pad, 1 end, 2 unknown.

    Every word of the corpus is a piece of its own; the pieces that unigram training finds, and all letters, spell the rest.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    spelling = Tokenizer(models.Unigram())
    spelling.pre_tokenizer = pre_tokenizers.Metaspace()
    letters = list("abcdefghijklmnopqrstuvwxyz'-\u2581")
    spelling.train_from_iterator(
        sentences, trainers.UnigramTrainer(vocab_size=2048, initial_alphabet=letters, show_progress=False)
    )
    words = Counter(f"\u2581{word}" for sentence in sentences for word in sentence.split())
    total = sum(words.values())
    pieces = {piece: RARE for piece in spelling.get_vocab()} | {letter: 2 * RARE for letter in letters}
    pieces |= {word: math.log(count / total) for word, count in words.items() if count > 2}
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizer = Tokenizer(models.Unigram([*special, *sorted(pieces.items())], unk_id=2))
    tokenizer.add_special_tokens([name for name, _ in special])
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return str(tokenizer.to_str())


class Reader(nn.Module):
    """The encoder under three attention-pooling classifiers."""

    def __init__(self, t5: nn.Module, width: int, classes: tuple[int, int, int]) -> None:
        super().__init__()
        self.t5 = t5
        self.queries = nn.Parameter(torch.ones(3, width))
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.heads = nn.ModuleList(nn.Linear(width, count) for count in classes)

    def forward(self, ids: Tensor) -> list[Tensor]:
        """ids (n, l) -> logits for relation, target, base."""
        mask = ids != 0
        states = self.t5(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        scores = (self.key(states) @ self.queries.T) / self.queries.shape[1] ** 0.5
        weights = scores.masked_fill(~mask[..., None], -1e4).softmax(dim=1)
        pooled = torch.einsum("nlq,nld->nqd", weights, self.value(states))
        return [head(pooled[:, i]) for i, head in enumerate(self.heads)]


def t5_config(config: TextConfig, vocabulary: int) -> dict[str, object]:
    """The settings of transformers' T5Config."""
    return {
        "vocab_size": vocabulary,
        "d_model": config.width,
        "d_kv": config.width // config.heads,
        "d_ff": config.hidden,
        "num_layers": config.layers,
        "num_heads": config.heads,
        "dropout_rate": 0.0,
        "feed_forward_proj": "relu",
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
        "is_encoder_decoder": False,
        "use_cache": False,
        "tie_word_embeddings": True,
    }


def train_text_encoder(
    config: TextConfig, out: Path, console: Console, command: str = "", commit: str = ""
) -> dict[str, float]:
    """Train and write config.json, model.safetensors (half precision) and tokenizer.json into `out`; returns accuracies."""
    from tokenizers import Tokenizer

    data = corpus(config)
    tokenizer_json = train_tokenizer(data.sentences)
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenise = FastTokeniser(tokenizer)
    names = training_categories()
    settings = t5_config(config, tokenizer.get_vocab_size())
    model = Reader(new_t5(settings), config.width, (len(predicates()), len(names), len(names)))
    initialise(model, config.loop.seed)
    _t5_scales(model.t5)
    ids = tokenise(data.noisy).to(torch.int32)
    lengths = (ids != 0).sum(dim=1)

    def loss(generator: torch.Generator) -> Tensor:
        order = (lengths + 4 * torch.rand(len(ids), generator=generator)).argsort()  # similar lengths pad little
        start = int(torch.randint(len(ids) - config.batch + 1, (1,), generator=generator))
        rows = order[start : start + config.batch]
        batch = ids[rows, : int(lengths[rows].max())].long()
        dropped = (torch.rand(batch.shape, generator=generator) < config.word_dropout) & (batch > 2)
        logits = model(torch.where(dropped, 2, batch))
        summed = [
            nn.functional.cross_entropy(x.float(), y, ignore_index=IGNORE, reduction="sum")
            for x, y in zip(logits, data.labels[rows].T, strict=True)
        ]  # a batch of bare words says no relation at all
        return torch.stack(summed).sum() / config.batch

    model.load_state_dict(fit(model, loss, config.loop, out / "state.safetensors", console, repr(config)))
    accuracy = held_out_accuracy(model.eval(), tokenise)
    weights = {name: value.half() for name, value in model.t5.state_dict().items() if name != "encoder.embed_tokens.weight"}
    about = {
        "format": "pt",
        "command": command,
        "commit": commit,
        "training": json.dumps(asdict(config)),
        "held_out_accuracy": json.dumps(accuracy),
    }
    write_text(out / "tokenizer.json", tokenizer_json)
    write_text(out / "config.json", json.dumps(settings, indent=1))
    write_safetensors(out / "model.safetensors", weights, about)
    return accuracy


@torch.no_grad()
def _t5_scales(t5: nn.Module) -> None:
    """T5's own widths where they are not fan-in: unit embeddings, and queries that make up for its unscaled attention."""
    for name, parameter in t5.named_parameters():
        if name.startswith("shared"):
            parameter.mul_(parameter.shape[-1] ** 0.5)
        elif name.endswith("SelfAttention.q.weight"):
            parameter.mul_(t5.config.d_kv**-0.5)  # type: ignore[union-attr, operator]


@torch.no_grad()
def held_out_accuracy(model: Reader, tokenise: FastTokeniser) -> dict[str, float]:
    """Share of held-out prompts whose relation, target and base the reader names."""
    names, relations = list(training_categories()), list(predicates())
    rows = [(normalise_sentence(prompt), c) for c in training_contexts() for prompt in held_out_prompts(c)]
    guesses = [x.argmax(dim=1) for x in model(tokenise([sentence for sentence, _ in rows]))]
    truth = torch.tensor([[relations.index(c.predicate), names.index(c.target), names.index(c.base)] for _, c in rows]).T
    return {
        key: float((guess == label).float().mean())
        for key, guess, label in zip(("relation", "target", "base"), guesses, truth, strict=True)
    }
