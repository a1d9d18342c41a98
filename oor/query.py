"""Queries: an English sentence about two objects becomes a target, a predicate and a base of the catalog."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context, contexts
from oor.catalog.frames import missing_frames
from oor.catalog.lexicon import lexicon, tokenize
from oor.catalog.mentions import Mention, Parse, take_apart
from oor.catalog.phrases import said_with
from oor.catalog.roles import Reading, fillers, resolve
from oor.catalog.splits import training_contexts
from oor.catalog.vocabulary import NEGATIONS

MAX_CHARACTERS = 300
EXAMPLE = "a teapot pours into a teacup"

FITS = 0.2  # how much nearer a category seems for being in the catalog in that role,
PARTNERS = 0.1  # and with that very partner

Familiarity = Literal["known", "near", "far"]
Nearness = Callable[[str, Sequence[str]], Sequence[float]]  # how near words are in meaning to each category, from -1 to 1


@dataclass(frozen=True)
class RelationQuery:
    """What was asked.

    target, base: categories of the catalog; predicate: one of its relations. target_words, base_words: as written.
    familiarity: "known" (a context of training, every word understood), "near" (a new combination, or a mended
    typo), "far" (a stand-in object, no relation said, or a negation). nearest: the closest context of the catalog.
    """

    prompt: str
    target: str
    predicate: str
    base: str
    target_words: str
    base_words: str
    warnings: tuple[str, ...]
    familiarity: Familiarity
    nearest: Context


def parse_query(
    sentence: str, *, target_mesh: bool = False, base_mesh: bool = False, nearness: Nearness | None = None
) -> RelationQuery:
    """Read a sentence such as "a teapot pours into a teacup".

    target_mesh, base_mesh: the user brings a mesh for that object, so that its word may be unknown. nearness: finds the
    category that stands in for an unknown word, which otherwise is the most usual one in its role. ValueError, with what
    to do about it, when the sentence does not name two objects.
    """
    tokens = tokenize(_checked(sentence))
    words = lexicon()
    parse = take_apart(tokens, words)
    _check_mentions(parse, sentence, can_be_unknown=target_mesh and base_mesh)
    reading = resolve(parse, words)
    target, base = _categories(parse, reading, nearness)
    warnings = [
        *_typo_warnings(reading),
        *reading.notes,
        *_stand_in_warnings(parse, reading, target, base, target_mesh, base_mesh),
        *_relation_warnings(parse, reading, target, base),
    ]
    return RelationQuery(
        sentence.strip(), target, reading.predicate, base, parse.words(reading.target), parse.words(reading.base),
        tuple(warnings), _familiarity(parse, reading, target, base), nearest_context(target, reading.predicate, base),
    )


def suggest(word: str, options: Iterable[str]) -> str:
    """'; did you mean "teapot"?' when one option looks like the word, else nothing: to end an error message with."""
    close = difflib.get_close_matches(word[:60].lower(), list(options), n=1, cutoff=0.7)
    return f'; did you mean "{close[0]}"?' if close else ""


def nearest_context(target: str, predicate: str, base: str) -> Context:
    """The context of training that shares most: the predicate with one object, then the predicate, then the objects."""

    def overlap(context: Context) -> int:
        objects = (context.target == target) + (context.base == base)
        return 8 * (context.predicate == predicate) + 2 * objects + len({target, base} & {context.target, context.base})

    return max(training_contexts(), key=overlap)


def _checked(sentence: str) -> str:
    if not sentence.strip():
        raise ValueError(f'the prompt is empty; write a sentence about two objects, such as "{EXAMPLE}"')
    length = max(len(sentence), len(unicodedata.normalize("NFKC", sentence[: MAX_CHARACTERS + 1])))
    if length > MAX_CHARACTERS:
        raise ValueError(f"the prompt has {length} characters, at most {MAX_CHARACTERS} are read; "
                         "say one relation between two objects")
    if not any(character.isalpha() for character in sentence):
        raise ValueError(f'the prompt {_quoted(sentence)} has no words; write a sentence such as "{EXAMPLE}"')
    return sentence


def _check_mentions(parse: Parse, sentence: str, can_be_unknown: bool) -> None:
    known = [mention for mention in parse.mentions if mention.category]
    if len(parse.mentions) >= 2 and (known or can_be_unknown):
        return
    if not known:
        names = sorted({name for context in contexts() for name in (context.target, context.base)})
        hints = (suggest(parse.words(mention), names) for mention in parse.mentions)
        raise ValueError(f"no known object in the prompt {_quoted(sentence)}; name two of the catalog's, "
                         f'such as "{EXAMPLE}"{next(filter(None, hints), "")}')
    name = known[0].category
    example = next((c for c in contexts() if name in (c.target, c.base)), contexts()[0])
    raise ValueError(f"only one object ({name}) in the prompt {_quoted(sentence)}; name a second one and "
                     f'how they relate, such as "{example}"')


def _quoted(sentence: str) -> str:
    flat = " ".join(sentence.split())
    return f'"{flat[:57]}..."' if len(flat) > 60 else f'"{flat}"'


def _categories(parse: Parse, reading: Reading, nearness: Nearness | None) -> tuple[str, str]:
    """The categories of both roles, with stand-ins for unknown words."""
    base = reading.base.category
    target = reading.target.category or _stand_in(parse.words(reading.target), reading.predicate, "target", base, nearness)
    return target, base or _stand_in(parse.words(reading.base), reading.predicate, "base", target, nearness)


def _stand_in(words: str, predicate: str, role: str, partner: str | None, nearness: Nearness | None) -> str:
    """The category that the words mean most nearly, or, if nobody knows, the one most often in that role.

    Among those the catalog has with the partner if there are any; rather those, if nearness says.
    """
    other = "base" if role == "target" else "target"
    partners = {getattr(c, role) for c in contexts() if c.predicate == predicate and getattr(c, other) == partner}
    counts = fillers(predicate, role)
    if nearness is None:
        return max((name for name in counts if not partners or name in partners), key=lambda name: counts[name])
    names = [name for name, known in categories().items() if not _lacks_frames(predicate, role, known)]
    near = dict(zip(names, nearness(words, names), strict=True))
    return max(names, key=lambda name: near[name] + FITS * (name in counts) + PARTNERS * (name in partners))


def _lacks_frames(predicate: str, role: str, category: Category) -> bool:
    return role in missing_frames(predicate, category, category)


def _typo_warnings(reading: Reading) -> list[str]:
    reads = dict.fromkeys(mention.read for mention in (reading.target, reading.base) if mention.read)
    return [f'read "{written}" as "{meant}"' for written, meant in reads]


def _stand_in_warnings(
    parse: Parse, reading: Reading, target: str, base: str, target_mesh: bool, base_mesh: bool
) -> list[str]:
    roles = (("target", reading.target, target, target_mesh), ("base", reading.base, base, base_mesh))
    return [
        _stand_in_warning(parse.words(mention), category, reading.predicate, role, mesh)
        for role, mention, category, mesh in roles
        if _is_stranger(mention)
    ]


def _is_stranger(mention: Mention) -> bool:
    return mention.category is None or mention.unsure


def _stand_in_warning(words: str, category: str, predicate: str, role: str, mesh: bool) -> str:
    if mesh:
        return f'"{words}" is not in the catalog; your mesh is placed by the statistics of "{category}"'
    verb = predicate.split()[0].endswith("s")
    does = f"which {predicate if verb else 'is ' + predicate} things"
    typical = does if role == "target" else f'a base of "{predicate}"'
    reason = f", {typical} in the catalog" if category in fillers(predicate, role) else ""
    return f'no template for "{words}"; using "{category}"{reason}; give --{role}-mesh to use your own'


def _relation_warnings(parse: Parse, reading: Reading, target: str, base: str) -> list[str]:
    found = []
    if NEGATIONS & set(parse.tokens):
        found.append(f'negation is not understood; read as "{target} {reading.predicate} {base}"')
    if not reading.recognised:
        found.append(f'no relation recognised in the prompt; using "{target} {reading.predicate} {base}"')
    used = {target, base}
    stuff = said_with(reading.predicate)  # "whisks eggs in": the eggs belong to the verb
    others = [m.category for m in parse.mentions if m.category and m.category not in used and parse.words(m) not in stuff]
    if others:
        found.append(f'more than two objects; using "{target} {reading.predicate} {base}", leaving out '
                     f'{", ".join(dict.fromkeys(others))}; say one relation per prompt, or compose several')
    return found


def _familiarity(parse: Parse, reading: Reading, target: str, base: str) -> Familiarity:
    mentions = (reading.target, reading.base)
    if any(map(_is_stranger, mentions)) or not reading.recognised or NEGATIONS & set(parse.tokens):
        return "far"
    mended = reading.notes or any(mention.read for mention in mentions)
    return "known" if Context(target, reading.predicate, base) in training_contexts() and not mended else "near"
