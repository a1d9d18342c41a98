"""The lexicon: which words name objects, which say a relation and how, and which only hold a sentence together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from oor.catalog.category import Category, categories
from oor.catalog.contexts import contexts
from oor.catalog.phrases import PHRASES, gerund, third_person

Tokens = tuple[str, ...]

DETERMINERS = frozenset(["a", "an", "the", "some", "another", "my", "your", "his", "our", "their", "two", "three", "one", "this", "these", "those"])
NEGATIONS = frozenset(["not", "no", "never", "without", "nothing", "doesnt", "isnt", "dont", "arent", "cannot", "cant", "wont", "didnt", "wasnt", "nor"])

_FUNCTION = frozenset(
    ["is", "are", "was", "were", "be", "been", "being", "am", "it", "its", "itself", "they", "them", "that", "which", "who", "whose", "while", "as", "with", "of", "by", "from", "and", "or", "to", "there", "here", "where", "when", "then", "so", "but", "if", "than", "has", "have", "had", "having", "gets", "get", "getting", "got", "does", "do", "did", "can", "could", "may", "might", "will", "would", "shall", "should", "must", "up", "down", "away", "off", "out", "through", "for", "about", "each", "both", "other", "another", "one", "you", "we", "i", "he", "she", "into", "onto", "in", "on", "at", "over", "above", "under", "against", "near", "next", "upside", "flat", "upright", "sideways", "open", "closed", "empty", "full", "alone", "together", "indoors", "outdoors", "outside", "again", "too", "also", "now", "just", "only", "still", "very", "quite", "almost", "half", "partly", "not", "no", "never", "without", "use", "uses", "used", "using", "make", "makes", "made", "someone", "somebody", "something", "anyone"]
)
_GENERAL_VERBS = frozenset(
    ["sit", "sits", "sitting", "sat", "stand", "stands", "standing", "stood", "lie", "lies", "lying", "lay", "laid", "rest", "rests", "resting", "rested", "place", "places", "placed", "placing", "put", "puts", "putting", "set", "sets", "setting", "positioned", "located", "situated", "seen", "see", "sees", "find", "found", "imagine", "show", "shows", "showing", "shown", "displayed", "kept", "keep", "left", "leave", "look", "looks", "looking", "stay", "stays", "remain", "remains", "appear", "appears", "hang", "hangs", "hanging", "hold", "holds", "holding", "held", "support", "supports", "supporting", "supported", "carry", "carries", "carrying", "carried", "contain", "contains", "containing", "contained", "lean", "leans", "leaning", "leaned", "leant", "prop", "props", "propped", "propping", "tilt", "tilts", "tilted", "tilting", "stack", "stacks", "stacked", "stacking", "arranged", "draw", "drawn", "pulled", "pushed", "tucked", "moved", "perched", "slid", "slides", "stored", "stowed", "rolls", "depicts", "depicting", "features", "featuring", "facing", "faces", "touching", "touches", "side", "give", "go", "goes", "create", "generate"]
)
_SURROUNDINGS = frozenset(
    ["water", "tea", "coffee", "wine", "milk", "liquid", "drink", "juice", "salt", "pepper", "food", "herbs", "vegetables", "soup", "contents", "words", "notes", "text", "letters", "light", "lights", "soil", "sugar", "kitchen", "room", "floor", "ground", "wall", "office", "garden", "scene", "photo", "photograph", "picture", "image", "painting", "drawing", "render", "rendering", "view", "shot", "closeup", "close", "background", "foreground", "camera", "man", "woman", "person", "people", "hand", "hands", "side", "sides", "edge", "middle", "center", "centre", "top", "bottom", "surface", "front", "back", "rear", "left", "right", "corner", "end", "interior", "space", "angle", "distance", "pair", "set", "stack", "pile", "couple", "piece", "pieces", "slice", "way", "day", "morning", "house", "home", "living", "dining", "bedroom", "garage", "workshop", "studio", "indoors", "air", "seat", "height", "model", "object", "objects", "thing", "things", "3d", "relation", "layout"]
)
PARTS = frozenset(["edge", "surface", "middle", "center", "centre", "corner", "top", "end", "seat", "side", "bottom", "inside", "rim", "tip", "head", "body"])
NOT_TYPOS = frozenset(["tablet", "brook", "bead", "bowel", "plan", "plant", "shove", "bottler", "cradle"])

# verbs and participles beyond those of the phrases, for each action
_MORE_VERBS = {
    "pours into": "receive receives receiving poured drip drips dripping splash splashes splashing serve serves serving drain drains draining "
                  "spilled spilt emptied decanted tipped tilts tilting serves transfer refill refills refilling",
    "waters": "receive receives receiving hydrates hydrating sprays spraying spray rains raining poured nourishes nourishing",
    "cuts": "chop chops chopping chopped sliced sawing halved peel peels peeling stab stabs stabbing",
    "chops on": "chopped sliced dice dices dicing cuts cutting cut slicing slices mincing minces",
    "slices": "chops chopping sliced rolled rolling rolls",
    "sprinkles into": "receive receives receiving seasons seasoned salts salting salt sprinkled shakes shaking shaken pour pours pouring dusting",
    "stirs": "stirred mixes mixing swirls beats beating whisk whisks whisking scoop scoops scooping blend blends",
    "hits": "hammers hammering hammered struck whack whacks whacking hammer smash smashes smashing tap taps tapping "
            "drives driving driven nails nailing pounding",
    "drives": "screws screwing screwed tightened loosen loosens loosening unscrew unscrews unscrewing drove turned",
    "saws": "sawed sawn sawing saws halved slices slicing",
    "writes on": "written wrote scribbles scribbling doodle doodles doodling drew",
    "shines on": "lit lighted lighting illuminated illumines highlight highlights highlighting shone spotlight "
                 "spotlights spotlighting glows glowing",
}
_NOT_ACTIONS = {"used"}

_PLACES = {
    "on": "on; upon; atop; on top of; on the top of; on the surface of; on the seat of; on to; ontop of",
    "under": "under; underneath; below; beneath; under neath; at the foot of; underneath of",
    "left of": "left of; to left of; to the left of; on the left of; on left of; at the left of; left side of; "
               "on the left side of; to the left side of; at the left side of; left hand side of; on left side of; "
               "on the left hand side of; to the left hand side of; to the left from",
    "in front of": "in front of; in the front of; at the front of; before; facing; ahead of; opposite",
    "behind": "behind; in back of; at the back of; to the back of; at the rear of; to the rear of; rear of; "
              "on the far side of",
    "beside": "beside; besides; next to; near; near to; close to; adjacent to; alongside; along side; by the side of; "
              "at the side of; to the side of; on the side of; nearby",
    "inside": "in; inside; inside of; within; in the inside of; in the interior of; inside the interior of",
    "leaning against": "against; up against",
    "sits at": "at",
}
_WEAK_PLACES = {"inside": "into", "on": "onto", "above": "over; above", "beside": "by; with its side to"}
_ABSENT = {  # adverbs of place that refer to an object without naming it
    "on": "on top; on its top; on its surface; on its seat; thereon",
    "under": "underneath; below; beneath; down below; at its foot; under",
    "left of": "to the left; on the left; to its left; on its left; at its left; its left; on its left side; "
               "on its left hand side; on the left side; on the left hand side; to its left side; at left; on left",
    "in front of": "in front; at its front; at the front; to its front; in the front",
    "behind": "behind; at its back; to its rear; at its rear; to the rear; at the back; behind its back; in the back",
    "beside": "alongside; at its side; by its side; nearby; to its side; to the side",
    "inside": "inside; within; in its inside; therein",
    "sits at": "tucked in; pulled up; drawn up; pushed in",
}
_HOLDERS = {
    "on": "holding up; supporting; supports; carrying; carries; bearing; bears; topped with; topped by",
    "inside": "containing; contains; enclosing; encloses; filled with; full of",
    "on/inside": "holding; holds; hosts; hosting",
    "under": "sheltering; shelters; covers; covering; hiding; hides",
}
_HELD = {"on": "supported by; carried by; held up by", "inside": "contained by; enclosed by",
         "on/inside": "held by; hosted by"}
_SYMMETRIC = "side by side; next to each other; next to one another; beside each other; beside one another; near each other"
_IGNORED = "look at; looking at; looks at; in a picture; in the picture; in this picture; at home; at an angle; by side"


@dataclass(frozen=True)
class Marker:
    """How a spatial phrase works. kind: "governs" (the base follows: "on"), "refers" (it points back at the base: "on
    it"), "holds" (the base comes first, the target follows: "supporting"), "held" (the reverse), "both" (side by side).
    bare: a governing phrase that can also stand alone, pointing back. weak: read only when nothing else helps.
    """

    predicate: str
    kind: str
    bare: bool = False
    weak: bool = False


@dataclass(frozen=True)
class Lexicon:
    """objects: token tuple -> category. object_tokens: single tokens of them. actions: verb form -> its predicates.
    markers: token tuple -> how it places things. structure: words that end a noun phrase.
    """

    objects: Mapping[Tokens, str]
    object_tokens: frozenset[str]
    actions: Mapping[str, tuple[str, ...]]
    markers: Mapping[Tokens, Marker]
    structure: frozenset[str]
    surroundings: frozenset[str] = _SURROUNDINGS


def tokenize(text: str) -> Tokens:
    """Lower-case words: NFKC, no punctuation, no possessive 's, hyphens as spaces."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("`", "'")
    plain = re.sub(r"'s\b", "", plain).replace("'", "")
    return tuple(re.sub(r"[\W_]+", " ", plain).split())


def plural(noun: str) -> str:
    """The regular plural of the noun's last word, or of the word before "of"."""
    if " of " in noun:
        head, _, rest = noun.partition(" of ")
        return f"{plural(head)} of {rest}"
    if noun.endswith(("knife",)):
        return noun[:-2] + "ves"
    if noun.endswith(("shelf", "loaf")):
        return noun[:-1] + "ves"
    if noun.endswith("mouse"):
        return noun[:-5] + "mice"
    return third_person(noun.replace(" ", "\0")).replace("\0", " ")


@cache
def lexicon() -> Lexicon:
    """The lexicon of the catalog, built once per process."""
    return lexicon_of(categories())


def lexicon_of(known: Mapping[str, Category]) -> Lexicon:
    """The lexicon for these categories; names that only the table of contexts has are included too."""
    objects: dict[Tokens, str] = {}
    named = {name: tuple(known[name].words) if name in known else (name,) for name in
             dict.fromkeys((*known, *(name for c in contexts() for name in (c.target, c.base))))}
    for name, words in sorted(named.items(), key=lambda item: item[0]):
        own = known[name].plural if name in known else None
        for form in (name, plural(name), own or name):
            objects[tokenize(form)] = name
        for word in words[1:]:
            for form in (word, plural(word)):
                if form not in named:
                    objects.setdefault(tokenize(form), name)
    markers = _markers()
    actions = _actions()
    structure = _FUNCTION | _GENERAL_VERBS | NEGATIONS | frozenset(key[0] for key in markers if len(key) == 1)
    tokens = frozenset(token for key in objects for token in key if len(token) > 2 and token not in structure)
    return Lexicon(objects, tokens, actions, markers, structure - tokens | {"one", "other"})


def _actions() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for predicate, phrases in PHRASES.items():
        if phrases.training.postures or phrases.training.places:
            continue
        forms = set(_MORE_VERBS.get(predicate, "").split())
        for wording in (phrases.training, phrases.held_out):
            forms |= {say(verb).split()[0] for verb in wording.verbs for say in (str, third_person, gerund)}
            forms |= {passive.split()[0] for passive in wording.passives}
        for form in sorted(forms - _NOT_ACTIONS):
            found.setdefault(form, {})[predicate] = None
    return {form: tuple(names) for form, names in found.items()}


def _markers() -> dict[Tokens, Marker]:
    found: dict[Tokens, Marker] = {}
    absent = {predicate: _phrases(text) for predicate, text in _ABSENT.items()}
    for predicate, phrases in absent.items():
        found.update({phrase: Marker(predicate, "refers", bare=True) for phrase in phrases})
    for kind, table in (("holds", _HOLDERS), ("held", _HELD)):
        for predicate, text in table.items():
            found.update({phrase: Marker(predicate, kind) for phrase in _phrases(text)})
    places = {name: _phrases(text) for name, text in _PLACES.items()}
    for name, told in PHRASES.items():
        for wording in (told.training, told.held_out):
            places.setdefault(name, []).extend(map(_preposition, (*wording.places, *wording.postures)))
    weak = {name: _phrases(text) for name, text in _WEAK_PLACES.items()}
    for table_, is_weak in ((weak, True), (places, False)):
        for name, forms in table_.items():
            for form in forms:
                alone = form in absent.get(name, ())
                found[form] = Marker(name, "governs", bare=alone, weak=is_weak)
                for pronoun in ("it", "which", "them", "him", "her"):
                    found[(*form, pronoun)] = Marker(name, "refers", weak=is_weak)
    found.update({phrase: Marker("beside", "both") for phrase in _phrases(_SYMMETRIC)})
    found.update({phrase: Marker("", "ignored") for phrase in _phrases(_IGNORED)})
    mirrored = {tuple("right" if word == "left" else word for word in phrase):
                Marker("right of", marker.kind, marker.bare, marker.weak)
                for phrase, marker in found.items() if marker.predicate == "left of"}
    return found | mirrored


def _preposition(place: str) -> Tokens:
    """ "sitting on top of" -> "on top of"."""
    tokens = tokenize(place)
    while tokens[0] in _GENERAL_VERBS:
        tokens = tokens[1:]
    return tokens


def _phrases(text: str) -> list[Tokens]:
    return [tuple(part.split()) for part in text.split(";") if part.strip()]
