"""How well the embedded text encoder reads: held-out phrasings, words it never met in a sentence, opposites, speed, size."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffusion.text_reader import SentenceReader
from diffusion.text_teacher import Teacher
from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts
from oor.catalog.prompts import held_out_prompts
from oor.catalog.splits import held_out_combinations, training_categories, training_contexts
from oor.query import Nearness, parse_query

SHIPPED = ("model.safetensors", "reader.safetensors", "tokenizer.json")
FOUR = ("a teapot pours into a teacup", "teapot", "teacup", "pours into")
OPPOSITES = (("left of", "right of"), ("on", "under"), ("in front of", "behind"))
# words that are none of the catalog's / the category that means most nearly the same
_PAIRS = """
    davenport divan/sofa, carafe/pitcher, tankard/beer stein, beaker/mug, cauldron cookpot/pot, tureen/bowl, flask/bottle,
    haversack/backpack, valise/suitcase, notecase/briefcase, recliner throne/armchair, pouf hassock/stool, cot bunk mattress/bed,
    pocketknife dagger machete/knife, cutlery pitchfork/fork, pickaxe tomahawk/axe, peg/nail, rivet/bolt, pincers/pliers,
    chopper/cleaver, duster/broom, basin/sink, hose/watering can, basket/laundry basket, casket/treasure chest,
    bloom posy/flower, feline tabby/cat, duckling/rubber duck, automobile/toy car, pickup/toy truck, dinghy/toy boat,
    necktie blouse garment trousers/shirt, jacket cloak parka/coat, cap bonnet beanie sombrero/hat, handkerchief/cloth,
    chandelier/floor lamp, nightlight/desk lamp, alarm hourglass/clock, stopwatch timepiece/watch, camcorder/camera,
    telephone/phone, telly/television, booklet/book, gazette/newspaper, journal/notebook, binoculars/telescope,
    cupcake pastry/cake, bun sourdough/bread, cracker/cookie, waffle crepe/pancake, omelette/fried egg, ham pork/steak,
    kumquat/orange, nectarine apricot/peach, leek/onion, turnip/carrot, amphora/vase, trombone saxophone/trumpet,
    clarinet/flute, banjo mandolin/guitar, tabla/bongo, motorbike tricycle/bicycle, moped/scooter, pushcart pram/wheelbarrow
"""
SYNONYMS = tuple(
    (word, name) for words, name in (group.strip().split("/") for group in _PAIRS.split(",")) for word in words.split()
)


def measure(reader: SentenceReader, teacher: Teacher | None = None) -> dict[str, Any]:
    """Every figure; those of the teacher beside them where there is one."""
    held_out = {f"held_out_{role}": share for role, share in held_out_accuracy(reader).items()}
    combined = held_out_accuracy(reader, held_out_combinations())
    figures = {**held_out, **{f"combinations_{role}": share for role, share in combined.items()}, **opposites(reader)}
    figures |= {f"synonyms_{name}": value for name, value in synonyms(reader.nouns).items()}
    figures |= {"stand_ins": stand_ins(recalled(reader)), "stand_ins_without": stand_ins(None)}
    if teacher is not None:
        figures |= {f"teacher_synonyms_{name}": value for name, value in synonyms(teacher.embed).items()}
        figures["never_met_like_teacher"] = likeness(reader.nouns, teacher.embed)
    return {**figures, "familiarity_auc": familiarity_auc(reader), "flag_auc": flag_auc(), **cost(reader)}


def held_out_accuracy(reader: SentenceReader, contexts: tuple[Context, ...] = ()) -> dict[str, float]:
    """Share of held-out prompts whose relation is named, and whose target and base are nearest of the words of training."""
    chosen = contexts or training_contexts()
    words = [(word, name) for name, known in training_categories().items() for word in known.words]
    vectors = reader.nouns([word for word, _ in words])
    prompts = [(prompt, c) for c in chosen for prompt in held_out_prompts(c)]
    reading = reader.read([prompt for prompt, _ in prompts])
    relation = [reader.predicates[i] == c.predicate for i, (_, c) in zip(reading.relation.argmax(1), prompts, strict=True)]
    found = {"relation": sum(relation) / len(prompts)}
    for role in ("target", "base"):
        nearest = (getattr(reading, role) @ vectors.T).argmax(dim=1).tolist()
        right = [words[i][1] == getattr(c, role) for i, (_, c) in zip(nearest, prompts, strict=True)]
        found[role] = sum(right) / len(prompts)
    return found


def synonyms(embed: Callable[[list[str]], Tensor]) -> dict[str, float]:
    """Where the right category is in the order of nearness to a synonym, over SYNONYMS: shares of first and of the first 5."""
    names = list(categories())
    words, vectors = embed([word for word, _ in SYNONYMS]), embed(names)
    right = torch.tensor([names.index(name) for _, name in SYNONYMS])
    near = words @ vectors.T
    rank = (near > near.gather(1, right[:, None])).sum(dim=1)
    return {
        "first": float((rank == 0).float().mean()),
        "first_five": float((rank < 5).float().mean()),
        "mean_rank": float(rank.float().mean()),
    }


def stand_ins(nearness: Nearness | None) -> float:
    """Share of catalog contexts in which the right category stands in when a synonym of SYNONYMS is said instead of its name."""

    def chosen(context: Context, word: str, name: str) -> str:
        try:
            query = parse_query(f"a {context}".replace(name, word, 1), nearness=nearness)
        except ValueError:  # not taken for an object
            return ""
        return query.target if name == context.target else query.base

    asked = [(c, word, name) for word, name in SYNONYMS for c in [c for c in contexts() if name in (c.target, c.base)][:4]]
    return sum(chosen(*words) == words[2] for words in asked) / len(asked)


def recalled(reader: SentenceReader) -> Nearness:
    """The reader's nearness, which reads the catalog's names only once."""
    names = list(categories())
    vectors = reader.nouns(names)
    return lambda words, asked: (vectors[[names.index(name) for name in asked]] @ reader.nouns([words])[0]).tolist()


def likeness(embed: Callable[[list[str]], Tensor], teacher: Callable[[list[str]], Tensor]) -> float:
    """How near words of held-out categories, which no text of training has, are to others: mean correlation with the teacher."""
    known = training_categories()
    hidden = [word for name, category in categories().items() if name not in known for word in category.words]
    near = [embed(hidden) @ embed(list(known)).T for embed in (embed, teacher)]
    ours, theirs = (part - part.mean(dim=1, keepdim=True) for part in near)
    return float(torch.nn.functional.cosine_similarity(ours, theirs, dim=1).mean())


def opposites(reader: SentenceReader) -> dict[str, float]:
    """Held-out prompts of OPPOSITES: shares of those whose relation is named, likelier than its opposite, and next to its like.

    Next to its like: of all prompts about other contexts, the one with the nearest answer says the same relation.
    """
    other = {one: two for pair in OPPOSITES for one, two in (pair, pair[::-1])}
    prompts = [(prompt, c) for c in training_contexts() if c.predicate in other for prompt in held_out_prompts(c)]
    chances = reader.read([prompt for prompt, _ in prompts]).relation
    said = torch.tensor([reader.predicates.index(c.predicate) for _, c in prompts])
    opposite = torch.tensor([reader.predicates.index(other[c.predicate]) for _, c in prompts])
    context = torch.tensor([training_contexts().index(c) for _, c in prompts])
    logs = chances.clamp(min=1e-9).log()
    apart = torch.cdist(logs, logs) + 1e9 * (context[:, None] == context)
    own = torch.arange(len(prompts))
    return {
        "spatial_relation": float((chances.argmax(dim=1) == said).float().mean()),
        "spatial_not_opposite": float((chances[own, said] > chances[own, opposite]).float().mean()),
        "spatial_next_to_its_like": float((said[apart.argmin(dim=1)] == said).float().mean()),
    }


def in_domain() -> list[str]:
    """Held-out phrasings of training contexts: what the encoder should know, in words that it does not."""
    return [prompt for c in training_contexts() for prompt in held_out_prompts(c)[:2]]


def out_of_domain() -> list[str]:
    """Sentences of the kind of T2I-CompBench: random nouns with attributes or numbers, nothing that relates two things.

    Half of them have nouns that the catalog does not know, half have only nouns that it does.
    """
    animals = ("zebra", "giraffe", "penguin", "elephant", "turtle", "cow")
    things = ("bench", "car", "airplane", "train", "boat", "suitcase", "bowl", "sofa")
    looks = (("turquoise", "fluffy"), ("oblong", "metallic"), ("beige", "wooden"), ("checkered", "rubber"))
    names = sorted(training_categories())
    known = names[:: len(names) // len(animals)][: len(animals)]
    found = []
    for i, animal in enumerate((*animals, *known)):
        for k, thing in enumerate(things if animal in animals else names[3 :: len(names) // len(things)][: len(things)]):
            first, second = looks[(i + k) % len(looks)]
            found += [
                f"a {first} {animal} and a {second} {thing}",
                f"a {first} {thing}",
                f"two {animal}s in a {second} landscape",
                f"the {animal} looks {first} while the {thing} looks {second}",
                f"a {thing}, a {animal} and three clouds",
            ]
    return found


def familiarity_auc(reader: SentenceReader) -> float:
    """How likely a sentence of the domain is more familiar to the encoder than one outside of it."""
    return auc(reader.familiarity(in_domain()), reader.familiarity(out_of_domain()))


def flag_auc() -> float:
    """The same of what `python -m oor.sample` says of a sentence: known, near, far, or a refusal."""

    def trust(sentence: str) -> float:
        try:
            return {"known": 3.0, "near": 2.0, "far": 1.0}[parse_query(sentence).familiarity]
        except ValueError:
            return 0.0

    inside, outside = (torch.tensor([trust(sentence) for sentence in domain]) for domain in (in_domain(), out_of_domain()))
    return auc(inside, outside)


def auc(high: Tensor, low: Tensor) -> float:
    """The rank statistic: the share of pairs in which the one of `high` is above that of `low`, a tie counting half."""
    difference = high[:, None] - low[None, :]
    return float((difference > 0).double().mean() + 0.5 * (difference == 0).double().mean())


def cost(reader: SentenceReader, texts: tuple[str, ...] = FOUR) -> dict[str, float]:
    """Milliseconds to encode a prompt's four texts one after the other (the median of 30 times), and MiB of the weights."""
    times = []
    for _ in range(30):
        start = time.perf_counter()
        for text in texts:
            reader.encoder.encode([text])
        times.append(time.perf_counter() - start)
    sizes = [path.stat().st_size for path in sorted(Path(reader.encoder.name).glob("*")) if path.name in SHIPPED]
    return {"milliseconds": 1000 * sorted(times)[len(times) // 2], "mebibytes": sum(sizes) / 2**20}
