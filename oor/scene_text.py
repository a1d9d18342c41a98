"""Scene graphs from English: "a monitor on a desk, a keyboard in front of the monitor" becomes edges between objects.

Sentences end at full stops, semicolons, commas and "and". One that names a single object and says nothing of it shares what the
next one says ("a cup and a plate on a table"), unless that names it too; one without an object to be placed goes on about the
last ("a mouse on the desk and to the right of the keyboard"); "it" is the object that was placed last. Of several objects in a
sentence, each belongs to the one before it, except beside, in front and the like, and what follows a verb: these say where the
first one is. Who is who: oor/scene_things.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oor.catalog.category import categories
from oor.catalog.lexicon import Tokens, lexicon, plural, tokenize
from oor.catalog.mentions import Mention, Parse, take_apart
from oor.catalog.roles import known_triples, resolve
from oor.catalog.vocabulary import GENERAL_VERBS
from oor.query import Familiarity, Nearness, RelationQuery, parse_query
from oor.scene_graph import Edge, SceneGraph
from oor.scene_things import COUNTS, ORDINALS, SIDES, Phrase, Thing, Things

MAX_CHARACTERS = 5000
MAX_OBJECTS = 100
EXAMPLE = "a monitor on a desk, a keyboard in front of the monitor"
STOPS = re.compile(r"[.;,\n]+|\b(?:and then|and|while)\b", re.IGNORECASE)
ARTICLES = frozenset({"a", "an", "the", "some", "one", "my", "your", "his", "her", "its", "our", "their", "this", "that", "these",
                      "those"})
DEFINITE = ARTICLES - {"a", "an", "some", "one"}
PRONOUN = re.compile(r"\bit\b|\bthem\b")
_MESHES = re.compile(r"; give --(?:target|base)-mesh to use your own")  # that is for pairs
OF_PLACE = frozenset({"left of", "right of", "in front of", "behind", "beside"})


@dataclass(frozen=True)
class Scene:
    """What a text says. familiarity: of each edge, how far it is from what was trained; warnings: what was guessed."""

    text: str
    graph: SceneGraph
    familiarity: tuple[Familiarity, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """One relation as it was said."""

    target: Thing
    base: Thing
    query: RelationQuery


def read_scene(text: str, nearness: Nearness | None = None) -> Scene:
    """The scene that a text describes. ValueError of one sentence where it describes none; it ends in what was understood."""
    if not text.strip():
        raise ValueError(f'the text is empty; write sentences about objects, such as "{EXAMPLE}"')
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the text has {len(text)} characters, at most {MAX_CHARACTERS} are read; describe a smaller scene")

    def read(reader: SceneReader) -> None:
        reader.read(text)
        reader.finish()

    return told(SceneReader(nearness), read, text)


def told(reader: SceneReader, read: Callable[[SceneReader], None], text: str) -> Scene:
    """What a reader has read; the ValueError of what it could not read says what it had understood by then."""
    try:
        read(reader)
        return reader.scene(text)
    except ValueError as error:
        understood = reader.understood()
        raise ValueError(f"{str(error).rstrip('.')}{f'; read so far: {understood}' if understood else ''}") from None


class SceneReader:
    """Reads sentence after sentence, and remembers who is who."""

    def __init__(self, nearness: Nearness | None = None) -> None:
        self.things = Things()
        self.said: list[Said] = []
        self._nearness = nearness
        self._waiting: list[str] = []  # objects that share what is said next
        self._opening = ""  # of the last sentence, where that ended in the object that it placed: "on the desk are"
        self._subjects: list[str] = []  # what the last sentence was about, to be said again

    def read(self, text: str) -> None:
        """All sentences of a text."""
        for part in STOPS.split(text):
            if any(character.isalnum() for character in part):
                self._sentence(" ".join(tokenize(part)))

    def finish(self) -> None:
        """ValueError if an object still waits for what is said of it."""
        if self._waiting:
            raise ValueError(f'nothing is said about "{self._waiting[0]}"; say how it relates to another object')

    def understood(self) -> str:
        """The relations so far, for people."""
        ids = dict(zip(map(id, self.things.every), self.things.ids(), strict=True))
        return "; ".join(f"{ids[id(one.target)]} {one.query.predicate} {ids[id(one.base)]}" for one in self.said)

    def scene(self, text: str) -> Scene:
        """The graph of all that was read."""
        ids = dict(zip(map(id, self.things.every), self.things.ids(), strict=True))
        unique = list({(ids[id(one.target)], one.query.predicate, ids[id(one.base)]): one for one in self.said}.values())
        edges = [Edge(ids[id(one.target)], one.query.predicate, ids[id(one.base)], one.query.prompt) for one in unique]
        if len(self.things.every) > MAX_OBJECTS:
            raise ValueError(f"the scene has {len(self.things.every)} objects, at most {MAX_OBJECTS} can be; leave some out")
        related = {name for edge in edges for name in (edge.target, edge.base)}
        kinds = {ids[id(thing)]: str(thing.category) for thing in self.things.every if ids[id(thing)] in related}
        warnings = [f'"{one.query.prompt}": {_MESHES.sub("", warning)}' for one in unique for warning in one.query.warnings]
        familiarity = tuple(one.query.familiarity for one in unique)
        return Scene(text, SceneGraph(edges, kinds), familiarity, tuple(dict.fromkeys(warnings)))

    def _sentence(self, text: str) -> None:
        parse, marks = _taken_apart(text)
        if len(parse.mentions) < 2 and self._subjects and PRONOUN.search(text):
            parse, marks = _taken_apart(PRONOUN.sub(_definite(self._subjects[-1]), text))
        if not parse.mentions:
            raise ValueError(f'no object in "{text}"; name two and how they relate, as in "a mug on a table"')
        lone = len(parse.mentions) == 1
        relates = bool(parse.places) or any(token in lexicon().actions for token in parse.tokens)
        if lone and relates and self._subjects and _opening(parse, parse.mentions[0]) > 0:
            for subject in self._subjects:
                self._clause(f"{_definite(subject)} {text}")
        elif lone and self._opening:
            self._clause(f"{self._opening} {text}")
        elif lone:
            self._waiting.append(text)
        else:
            self._related(parse, marks)

    def _related(self, parse: Parse, marks: dict[int, list[str]]) -> None:
        """A sentence that relates its objects; those that waited are related alike."""
        waiting = [text for text in self._waiting if not _named_in(parse, text)]
        self._waiting = []
        phrases = [_spoken(parse, mention, marks) for mention in parse.mentions]
        ends = [mention.end for mention in parse.mentions]
        words = [*waiting, phrases[0]]
        ends[-1] = len(parse.tokens)
        for subject in words:
            self._clause(" ".join((*_span(parse, marks, 0, _opening(parse, parse.mentions[0])), subject,
                                   *_span(parse, marks, parse.mentions[0].end, ends[1]))))
        for i in range(2, len(phrases)):
            heads = words if self._is_of_subject(parse, i) else [_definite(phrases[i - 1])]
            for head in heads:
                self._clause(" ".join((_definite(head), *_span(parse, marks, ends[i - 1], ends[i]))))
        last_placed = self._subjects[-1] == phrases[-1] != phrases[0]
        self._opening = " ".join(_span(parse, marks, 0, _opening(parse, parse.mentions[-1]))) if last_placed else ""
        if not last_placed:
            self._subjects = words

    def _is_of_subject(self, parse: Parse, i: int) -> bool:
        """Whether mention i, behind two others, is said of the first ("a mug on a desk beside a book") or of the one before."""
        first, before, last = parse.mentions[0], parse.mentions[i - 1], parse.mentions[i]
        place = next((place for place in parse.places if before.end <= place.start < last.start), None)
        verbs = lexicon().actions.keys() - GENERAL_VERBS
        if place is None or verbs & set(parse.tokens[before.end : last.start]):
            return True
        said = place.marker.predicate
        if said not in OF_PLACE:
            return False
        of_first, of_before = ((one.category, said, last.category) in known_triples() for one in (first, before))
        return of_first or not of_before

    def _clause(self, text: str) -> None:
        """One relation between two objects, or between all that plurals mean."""
        parse, marks = _taken_apart(text)
        query = parse_query(" ".join(_singular(parse)), nearness=self._nearness)
        if len(parse.mentions) < 2:
            raise ValueError(f'"{text}" names one object only; say how it relates to another')
        reading = resolve(parse, lexicon())
        first, second = sorted((reading.target, reading.base), key=lambda mention: mention.start)
        ones = self.things.meant(_phrase(parse, first, marks))
        others = self.things.meant(_phrase(parse, second, marks), besides=ones)
        targets, bases = (ones, others) if first is reading.target else (others, ones)
        for target in targets:
            for base in bases:
                target.category, base.category = target.category or query.target, base.category or query.base
                self.said.append(Said(target, base, query))
        self._subjects = [_spoken(parse, reading.target, marks)]


def _taken_apart(text: str) -> tuple[Parse, dict[int, list[str]]]:
    tokens, marks = _without_marks(tokenize(text))
    return take_apart(tokens, lexicon()), marks


def _without_marks(tokens: Tokens) -> tuple[Tokens, dict[int, list[str]]]:
    """The tokens without what tells objects of a kind apart or counts them, and these words by the place of the token after them.

    "the left cup" is read as "the cup", "another cup" as "a cup", "two cups" as "cups"; a number behind a noun is its name.
    """
    kept: list[str] = []
    marks: dict[int, list[str]] = {}
    for i, token in enumerate(tokens):
        after_article = bool(kept) and kept[-1] in ARTICLES
        if _names_object(tokens, i + 1) and (token in COUNTS or token == "another" or (
            after_article and (token in ORDINALS or token in SIDES or token == "other")
        )):
            marks.setdefault(len(kept) + (token == "another"), []).append(token)
            if token == "another":
                kept.append("a")
        elif token.isdigit() and kept and _ends_object(kept):
            marks.setdefault(-len(kept), []).append(token)
        else:
            kept.append(token)
    return tuple(kept), marks


def _names_object(tokens: Tokens, start: int) -> bool:
    """Whether a noun phrase begins there: an object, perhaps after an adjective or another mark."""
    objects = lexicon().objects
    for skip in range(3):
        if any(tokens[start + skip : start + skip + width] in objects for width in (1, 2, 3)):
            return True
        if start + skip >= len(tokens) or tokens[start + skip] in lexicon().structure:
            return False
    return False


def _named_in(parse: Parse, text: str) -> bool:
    """Whether a text that names one object names one of a parse: "there is a table" only introduces it."""
    (mention,) = (introduced := _taken_apart(text)[0]).mentions
    key = mention.category or introduced.words(mention)
    return any(key == (other.category or parse.words(other)) for other in parse.mentions)


def _ends_object(tokens: Sequence[str]) -> bool:
    return any(tuple(tokens[-width:]) in lexicon().objects for width in (1, 2, 3))


def _opening(parse: Parse, mention: Mention) -> int:
    """Where a noun phrase with its article begins."""
    start = mention.opens
    while start > 0 and parse.tokens[start - 1] in ARTICLES:
        start -= 1
    return start


def _span(parse: Parse, marks: dict[int, list[str]], start: int, end: int) -> list[str]:
    """The tokens from start to end with their marks back in place."""
    found: list[str] = []
    for i in range(start, end):
        found += [word for word in marks.get(i, []) if word != "another"]
        fresh = "another" in marks.get(i + 1, []) and parse.tokens[i] == "a"
        found.append("another" if fresh else parse.tokens[i])
        found += marks.get(-(i + 1), [])
    return found


def _spoken(parse: Parse, mention: Mention, marks: dict[int, list[str]]) -> str:
    """A noun phrase as it was said, with its article and marks."""
    return " ".join(_span(parse, marks, _opening(parse, mention), mention.end))


def _definite(phrase: str) -> str:
    """The same phrase, about what it meant before: "another red cup" is "the red cup" from then on."""
    words = phrase.split()
    while words and (words[0] in ARTICLES or words[0] in COUNTS):
        words = words[1:]
    fresh = bool(words) and words[0] in ("another",)
    return " ".join(("the", *(("other", *words[1:]) if fresh else words)))


def _phrase(parse: Parse, mention: Mention, marks: dict[int, list[str]]) -> Phrase:
    """What a mention says of who it is."""
    start = _opening(parse, mention)
    own = [word for i in range(start, mention.end) for word in marks.get(i, [])] + marks.get(-mention.end, [])
    article = parse.tokens[start : mention.opens]
    count = next((COUNTS[word] for word in own if word in COUNTS), 1)
    definite = bool(DEFINITE & set(article))
    ordinal = next((ORDINALS[word] for word in own if word in ORDINALS), None)
    adjectives = set(parse.tokens[mention.opens : mention.start]) if mention.category else set[str]()
    names = adjectives | {word for word in own if word in SIDES or word.isdigit()}
    many = definite and count == 1 and _is_plural(parse, mention)
    return Phrase(
        key=mention.category or parse.words(mention),
        words=parse.words(mention),
        definite=definite,
        fresh="another" in own or (ordinal is not None and not definite),
        other="other" in own,
        names=frozenset(names),
        ordinal=ordinal if definite else None,
        count=None if many else count,
    )


def _is_plural(parse: Parse, mention: Mention) -> bool:
    noun = " ".join(parse.tokens[mention.start : mention.end])
    known = categories().get(mention.category or "")
    return known is not None and noun not in known.words and noun in {known.plural, *(plural(word) for word in known.words)}


def _singular(parse: Parse) -> list[str]:
    """The tokens of a parse, its plural objects in the singular."""
    tokens = list(parse.tokens)
    for mention in reversed(parse.mentions):
        if mention.category and _is_plural(parse, mention):
            article = [] if mention.opens and tokens[mention.opens - 1] in ARTICLES else ["a"]
            tokens[mention.start : mention.end] = mention.category.split()
            tokens[mention.opens : mention.opens] = article
    return tokens
