"""Mentions: where a sentence names objects, known or not, and where it uses words of place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oor.catalog.lexicon import Lexicon, Marker, Tokens
from oor.catalog.vocabulary import DETERMINERS, NOT_TYPOS, PARTICIPLES, PARTS

_NUMBERED = {"two", "pair", "both"}
_LY_ADJECTIVES = {"lovely", "ugly", "curly", "friendly", "silly", "woolly", "wobbly", "shapely"}


@dataclass(frozen=True)
class Mention:
    """Tokens start to end name an object; its noun phrase without the article starts at `opens`.

    category: of the catalog, or None for an unknown thing. read: the correction made, as (written, meant). unsure: the
    head is unknown and the category comes from another part ("table runner").
    """

    start: int
    end: int
    opens: int
    category: str | None
    read: tuple[str, str] | None = None
    unsure: bool = False


@dataclass(frozen=True)
class Place:
    """Tokens start to end are a spatial phrase."""

    start: int
    end: int
    marker: Marker


@dataclass(frozen=True)
class Parse:
    """A sentence taken apart: its tokens (typos mended), what it names, its spatial phrases."""

    tokens: Tokens
    mentions: tuple[Mention, ...]
    places: tuple[Place, ...]

    def words(self, mention: Mention) -> str:
        """The noun phrase without its article."""
        return " ".join(self.tokens[mention.opens : mention.end])


def covered(spans: Sequence[Mention | Place]) -> set[int]:
    """The indices of the tokens in the spans."""
    return {index for span in spans for index in range(span.start, span.end)}


def take_apart(tokens: Tokens, lexicon: Lexicon) -> Parse:
    """Find objects and places. Unknown noun phrases become mentions without a category."""
    mended, fixes = _mend(tokens, lexicon)
    every = _known(mended, fixes, lexicon)
    sure = _without_verbs(every, mended, lexicon)
    compact = _without_modifiers(sure, mended)
    for known in (compact, sure):
        places = _places(mended, known, lexicon)
        known = _with_unknown_heads(known, mended, places, lexicon)
        mentions = _merged(known, _introduced(mended, known, places, lexicon))
        mentions = _with_repeats(mentions, mended, places)
        if len(mentions) < 2:
            mentions = _merged(mentions, _bare(mended, mentions, places, lexicon))
        if len(mentions) >= 2:
            break
    taken = covered(places) | covered(mentions)
    return Parse(mended, tuple(_opened(mention, mended, taken, lexicon) for mention in mentions), tuple(places))


def _mend(tokens: Tokens, lexicon: Lexicon) -> tuple[Tokens, dict[int, str]]:
    fixes = {}
    for index, token in enumerate(tokens):
        if len(token) < 4 or not token.isalpha() or token in lexicon.structure or token in lexicon.actions:
            continue
        if token in lexicon.object_tokens or token in lexicon.surroundings or token in NOT_TYPOS:
            continue
        meant = next((word for word in _edits(token) if word in lexicon.object_tokens), None) or _compound_end(token, lexicon)
        if meant is not None:
            fixes[index] = token
            tokens = (*tokens[:index], meant, *tokens[index + 1 :])
    return tokens, fixes


def _compound_end(word: str, lexicon: Lexicon) -> str | None:
    """ "barstool" is a stool: the longest object that an unknown word ends with, after three letters or more."""
    return next((word[i:] for i in range(3, len(word) - 3) if (word[i:],) in lexicon.objects), None)


def _edits(word: str) -> list[str]:
    """Words one slip away that keep the first letter: a letter too many, two swapped, one missing, one wrong in a long
    word."""
    if len(word) > 20:
        return []
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    found = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 1)]
    found += [word[:i] + letter + word[i:] for i in range(1, len(word) + 1) for letter in letters]
    found += [word[:i] + word[i + 1 :] for i in range(1, len(word)) if len(word) > 4 and i < len(word) - 1]
    found += [word[:i] + word[i + 1 :] for i in range(1, len(word)) if word[i] == word[i - 1]]
    if len(word) >= 7 and not word.endswith("ing"):
        found += [word[:i] + letter + word[i + 1 :] for i in range(1, len(word)) for letter in letters]
    return found


def _known(tokens: Tokens, fixes: dict[int, str], lexicon: Lexicon) -> list[Mention]:
    longest = max(map(len, lexicon.objects))
    found, index = [], 0
    while index < len(tokens):
        for width in range(min(longest, len(tokens) - index), 0, -1):
            category = lexicon.objects.get(tokens[index : index + width])
            if category is not None and not _ends_in_verb(tokens, index, index + width, lexicon):
                end = index + width
                slips = [i for i in range(index, end) if i in fixes]
                read = (fixes[slips[0]], tokens[slips[0]]) if slips else None
                found.append(Mention(index, end, index, category, read))
                index = end - 1
                break
        index += 1
    return found


def _ends_in_verb(tokens: Tokens, start: int, end: int, lexicon: Lexicon) -> bool:
    """ "an umbrella stands in it" names an umbrella, not umbrella stands."""
    verbal = tokens[end - 1] in lexicon.actions and tokens[end - 1].endswith("s") and tokens[start : end - 1] in lexicon.objects
    return verbal and end < len(tokens) and tokens[end] in lexicon.structure


def _without_verbs(mentions: list[Mention], tokens: Tokens, lexicon: Lexicon) -> list[Mention]:
    """Drop "saws" in "a saw saws a plank": a word that is also a verb and follows an object, an adverb or "that"."""
    ends = {mention.end for mention in mentions}
    kept = []
    for mention in mentions:
        verbal = mention.end - mention.start == 1 and tokens[mention.start] in lexicon.actions
        before = mention.start
        while before > 0 and tokens[before - 1].endswith("ly"):
            before -= 1
        begins = mention.start == 0 and mention.end < len(tokens) and tokens[mention.end] in DETERMINERS
        follows = before in ends or (before > 0 and tokens[before - 1] in {"that", "which"})
        if not ((verbal and follows) or begins) or len(mentions) < 3:
            kept.append(mention)
    return kept


def _without_modifiers(mentions: list[Mention], tokens: Tokens) -> list[Mention]:
    """ "orange mug" is a mug, "box of apples" a box."""
    kept: list[Mention] = []
    for mention in mentions:
        if kept and kept[-1].end == mention.start:
            last = kept.pop()
            kept.append(replace(mention, opens=last.opens, read=mention.read or last.read))
        elif not (kept and tokens[kept[-1].end : mention.start] in (("of",), ("of", "the"))):
            kept.append(mention)
    return kept


def _places(tokens: Tokens, mentions: Sequence[Mention], lexicon: Lexicon) -> list[Place]:
    taken = covered(mentions)
    found, index = [], 0
    while index < len(tokens):
        for width in range(min(7, len(tokens) - index), 0, -1):
            marker = lexicon.markers.get(tokens[index : index + width])
            if marker is not None and not taken & set(range(index, index + width)):
                if marker.kind != "ignored":
                    found.append(Place(index, index + width, marker))
                index += width - 1
                break
        index += 1
    return found


def _free(tokens: Tokens, mentions: Sequence[Mention], places: Sequence[Place], lexicon: Lexicon) -> list[bool]:
    """Which tokens can belong to an unknown noun phrase."""
    free = [token not in lexicon.structure and token not in DETERMINERS and token not in lexicon.actions
            and not _adverb(token) for token in tokens]
    for index in covered(mentions) | covered(places):
        free[index] = False
    return free


def _with_unknown_heads(
    mentions: list[Mention], tokens: Tokens, places: Sequence[Place], lexicon: Lexicon
) -> list[Mention]:
    """ "table runner" is not a table: extend the mention over the unknown head that follows it."""
    free = _free(tokens, mentions, places, lexicon)
    ordinary = lexicon.surroundings | PARTS
    found = []
    for mention in mentions:
        end = mention.end
        while end < len(tokens) and free[end] and _noun_like(tokens[end]) and tokens[end] not in ordinary:
            end += 1
        found.append(mention if end == mention.end else replace(mention, end=end, unsure=True))
    return found


def _noun_like(token: str) -> bool:
    verbal = token.endswith(("ing", "ed", "ly")) or (token.endswith("s") and not token.endswith(("ss", "us")))
    return token.isalpha() and not verbal and token not in PARTICIPLES


def _introduced(
    tokens: Tokens, mentions: Sequence[Mention], places: Sequence[Place], lexicon: Lexicon
) -> list[Mention]:
    """Unknown noun phrases with an article: "a samovar"."""
    free = _free(tokens, mentions, places, lexicon)
    starts = {mention.start for mention in mentions}
    found = []
    for index in range(len(tokens) - 1):
        if tokens[index] not in DETERMINERS or tokens[index] in {"this", "that", "these", "those"}:
            continue
        begin = index + 2 if tokens[index + 1] in lexicon.actions else index + 1
        end = begin
        while end < len(tokens) and free[end]:
            end += 1
        found += _trimmed(tokens, begin, end, index + 1, starts, lexicon)
    return found


def _bare(tokens: Tokens, mentions: Sequence[Mention], places: Sequence[Place], lexicon: Lexicon) -> list[Mention]:
    """Unknown words without an article: "samovar pouring into teacup"."""
    free = _free(tokens, mentions, places, lexicon)
    starts = {mention.start for mention in mentions}
    found, index = [], 0
    while index < len(tokens):
        end = index
        while end < len(tokens) and free[end]:
            end += 1
        found += _trimmed(tokens, index, end, index, starts, lexicon)
        index = max(end, index) + 1
    return found


def _trimmed(
    tokens: Tokens, begin: int, end: int, opens: int, starts: set[int], lexicon: Lexicon
) -> list[Mention]:
    """The run as one unknown mention, without what looks like a verb at its end; none if it modifies an object."""
    if end in starts:
        return []
    while end - begin > 1 and not _noun_like(tokens[end - 1]):
        end -= 1
    if end <= begin or tokens[end - 1] in lexicon.surroundings | PARTS or not any(c.isalpha() for c in tokens[end - 1]):
        return []
    return [Mention(begin, end, opens, None)]


def _merged(known: Sequence[Mention], unknown: Sequence[Mention]) -> list[Mention]:
    return sorted((*known, *unknown), key=lambda mention: mention.start)


def _with_repeats(mentions: list[Mention], tokens: Tokens, places: Sequence[Place]) -> list[Mention]:
    """ "one book on another", "two books side by side": the second object goes without a noun."""
    if len({mention.category for mention in mentions}) != 1 or not mentions:
        return mentions
    last = mentions[0]
    inside = covered(mentions) | covered(places)
    nouns = {mention.start for mention in mentions}
    for index, token in enumerate(tokens):
        alone = token in {"another", "other", "second"} and index not in inside and index > last.start
        if alone and not any(i in nouns for i in range(index + 1, index + 4)):
            return sorted((*mentions, replace(last, start=index, end=index + 1, opens=index)), key=lambda m: m.start)
    if len(mentions) == 1 and _NUMBERED & set(tokens[: last.end]):
        return [last, last]
    return mentions


def _opened(mention: Mention, tokens: Tokens, taken: set[int], lexicon: Lexicon) -> Mention:
    """The mention with the adjectives before it, as far as no token is taken."""
    opens = mention.opens
    while opens > 0 and opens - 1 not in taken and _adjective(tokens[opens - 1], lexicon):
        opens -= 1
    return replace(mention, opens=opens)


def _adjective(token: str, lexicon: Lexicon) -> bool:
    return not (token in DETERMINERS or token in lexicon.structure or token in lexicon.actions or _adverb(token))


def _adverb(token: str) -> bool:
    return token.endswith("ly") and token not in _LY_ADJECTIVES
