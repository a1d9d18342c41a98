"""Training of the embedded T5 encoder: read a sentence, say who stands in which relation to whom, and what it means.

Attention-pooling heads read the token states (diffusion/text_reader.py). They must name the relation, and give the phrase, the
target's noun, the base's noun and the whole sentence the vectors that a teacher gives to these words alone: nouns and verbs are
an open vocabulary. The encoder begins with the teacher's vectors of its pieces; what it learns is to read them in a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn

from diffusion.text_corpus import IGNORE, Amounts, Corpus, corpus
from diffusion.text_encoder import FastTokeniser, T5TextEncoder, new_t5
from diffusion.text_measures import held_out_accuracy
from diffusion.text_reader import READER, Heads, SentenceReader
from diffusion.text_teacher import Teacher, cached_vectors, load_teacher
from diffusion.text_vocabulary import train_tokenizer
from diffusion.text_words import Words
from diffusion.training import LoopConfig, fit, initialise
from diffusion.wordnet import WordNet, read_wordnet
from oor.catalog.category import categories
from oor.catalog.contexts import predicates
from oor.files import write_safetensors, write_text

UNKNOWN = 2


@dataclass(frozen=True)
class TextConfig:
    """The encoder and its corpus."""

    width: int = 192  # d_model
    layers: int = 4
    heads: int = 4
    hidden: int = 512  # d_ff
    vocabulary: int = 20_480  # pieces
    wordnet: str = "/usr/share/wordnet"  # the folder of data.noun
    amounts: Amounts = field(default_factory=Amounts)
    batch: int = 256
    word_dropout: float = 0.08  # share of pieces replaced, by the unknown piece or any other
    temperature: float = 0.05  # of the similarities among a batch's texts, which the encoder's vectors must have as the teacher's
    likeness: float = 4.0  # weight of a vector's cosine to the teacher's, beside the similarities
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=4000, lr=2e-3, warmup=200, ema=0.998, bf16=False))


class Student(nn.Module):
    """The encoder under its heads."""

    def __init__(self, t5: nn.Module, width: int, classes: int, vector: int) -> None:
        super().__init__()
        self.t5, self.heads = t5, Heads(width, classes, vector)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """ids (n, l) -> logits of the relation, four vectors each."""
        mask = ids != 0
        logits, vectors = self.heads(self.t5(input_ids=ids, attention_mask=mask.long()).last_hidden_state, mask)
        return logits, vectors


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
    config: TextConfig,
    out: Path,
    console: Console,
    command: str = "",
    commit: str = "",
    wordnet: WordNet | None = None,
    teacher: Callable[[], Teacher] = load_teacher,
) -> dict[str, float]:
    """Train and write config.json, model.safetensors, reader.safetensors (half precision) and tokenizer.json into `out`.

    The teacher is asked once; its vectors stay in `out`, so that a run goes on without it. Returns accuracies.
    """
    from tokenizers import Tokenizer

    words = wordnet or read_wordnet(Path(config.wordnet))
    data = corpus(config.amounts, words, config.loop.seed)
    tokenizer_json = vocabulary(config, data, words)
    tokenizer = Tokenizer.from_str(tokenizer_json)
    spelled = {i: piece[1:] for piece, i in tokenizer.get_vocab().items() if piece.startswith("\u2581") and len(piece) > 2}
    asked = list(dict.fromkeys([*data.texts, *(spelled[i] for i in sorted(spelled))]))
    console.print(f"{len(data.sentences)} sentences, {len(asked)} texts of the teacher's")
    vectors = cached_vectors(out / "teacher.safetensors", asked, teacher)
    place = {text: i for i, text in enumerate(asked)}
    settings = t5_config(config, tokenizer.get_vocab_size())
    model = Student(new_t5(settings), config.width, len(predicates()) + 1, vectors.shape[1])
    begin(model, {i: vectors[place[word]] for i, word in sorted(spelled.items())}, config.loop.seed)
    tokenise = FastTokeniser(tokenizer)
    loss = distillation(model, tokenise(data.noisy).to(torch.int32), data.labels, vectors, config)
    model.load_state_dict(fit(model, loss, config.loop, out / "state.safetensors", console, repr(config)))
    reader = SentenceReader(T5TextEncoder(str(out), model.t5.eval(), tokenise), model.heads.eval(), predicates())
    accuracy = held_out_accuracy(reader)
    about = {
        "format": "pt",
        "command": command,
        "commit": commit,
        "training": json.dumps(asdict(config)),
        "held_out_accuracy": json.dumps(accuracy),
        "predicates": json.dumps(predicates()),
    }
    write_text(out / "tokenizer.json", tokenizer_json)
    write_text(out / "config.json", json.dumps(settings, indent=1))
    write_safetensors(out / READER, {name: value.half() for name, value in model.heads.state_dict().items()}, about)
    weights = {name: value.half() for name, value in model.t5.state_dict().items() if name != "encoder.embed_tokens.weight"}
    write_safetensors(out / "model.safetensors", weights, about)
    return accuracy


def vocabulary(config: TextConfig, data: Corpus, wordnet: WordNet) -> str:
    """The tokenizer: every word of the catalog is a piece, then what WordNet and its definitions use, things first."""
    synsets = (*wordnet.nouns, *wordnet.verbs, *wordnet.adverbs)
    needed = [word for known in categories().values() for word in known.words] + list(predicates())
    texts = (*data.sentences, *(text for synset in synsets for text in (*synset.lemmas, synset.gloss.lower())))
    return train_tokenizer(texts, needed, Words.of(wordnet).nouns, config.vocabulary)


def distillation(
    model: nn.Module, ids: Tensor, labels: Tensor, vectors: Tensor, config: TextConfig
) -> Callable[[torch.Generator], Tensor]:
    """The loss of a random batch: the relation's cross-entropy, and each vector's distance from the teacher's."""
    lengths = (ids != 0).sum(dim=1)
    pieces = int(ids.max()) + 1

    def loss(generator: torch.Generator) -> Tensor:
        order = (lengths + 4 * torch.rand(len(ids), generator=generator)).argsort()  # similar lengths pad little
        start = int(torch.randint(len(ids) - config.batch + 1, (1,), generator=generator))
        rows = order[start : start + config.batch]
        batch = ids[rows, : int(lengths[rows].max())].long()
        dropped = (torch.rand(batch.shape, generator=generator) < config.word_dropout) & (batch > UNKNOWN)
        others = torch.randint(UNKNOWN, pieces, batch.shape, generator=generator)
        others = torch.where(torch.rand(batch.shape, generator=generator) < 0.5, UNKNOWN, others)
        logits, found = model(torch.where(dropped, others, batch))
        summed = nn.functional.cross_entropy(logits, labels[rows, 0], ignore_index=IGNORE, reduction="sum")
        for part in range(found.shape[1]):
            told = labels[rows, 1 + part] != IGNORE
            if bool(told.any()):
                wanted = vectors[labels[rows, 1 + part][told]].float()
                summed = summed + apart(found[told, part], wanted, config.temperature, config.likeness)
        return summed / config.batch

    return loss


def apart(found: Tensor, wanted: Tensor, temperature: float, likeness: float) -> Tensor:
    """How far vectors (n, d) are from those wanted, summed: by themselves, and in their similarities to all that are wanted.

    Zero, and only then, when they are the same. The similarities are a contrast among the batch that lets synonyms be alike.
    """
    with torch.autocast("cpu", enabled=False):
        ours = (found @ wanted.T / temperature).log_softmax(dim=1)
        theirs = (wanted @ wanted.T / temperature).log_softmax(dim=1)
        contrast = nn.functional.kl_div(ours, theirs, log_target=True, reduction="sum")
        return contrast + likeness * (1 - (found * wanted).sum(dim=1)).sum()


@torch.no_grad()
def _t5_scales(t5: nn.Module) -> None:
    """T5's own widths where they are not fan-in: unit embeddings, and queries that make up for its unscaled attention."""
    for name, parameter in t5.named_parameters():
        if name.startswith("shared"):
            parameter.mul_(parameter.shape[-1] ** 0.5)
        elif name.endswith("SelfAttention.q.weight"):
            parameter.mul_(t5.config.d_kv**-0.5)  # type: ignore[union-attr, operator]


@torch.no_grad()
def begin(model: Student, pieces: dict[int, Tensor], seed: int) -> None:
    """First weights: random ones, but the pieces given are the principal components of their vectors, the heads the way back."""
    initialise(model, seed)
    _t5_scales(model.t5)
    if not pieces:
        return
    known = torch.stack([vector.float() for vector in pieces.values()])
    width = model.heads.queries.shape[1]
    axes = torch.linalg.eigh(known.double().T @ known.double())[1][:, -width:].float()
    parts = known @ axes
    scale = parts.square().mean().rsqrt()
    model.t5.shared.weight[list(pieces), : parts.shape[1]] = scale * parts  # type: ignore[union-attr, operator]
    model.heads.value.weight.copy_(torch.eye(width))
    for head in model.heads.vectors:
        head.weight[:, : axes.shape[1]] = axes  # type: ignore[operator]
