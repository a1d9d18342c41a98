"""Phrases: how each predicate is said. One wording for training, another one, disjoint, held out."""

from __future__ import annotations

from dataclasses import dataclass

_DOUBLED = {"chop", "cut", "drip", "hit", "jot", "rip", "sit", "split", "stir", "tip", "top"}


@dataclass(frozen=True)
class Wording:
    """Ways to say one predicate. {T} stands for the target with its article; the base comes where the phrase ends.

    verbs: bare infinitives with what follows ("pour water into"): target first, base last. passives: participles with
    their particle ("filled by"): base first, target last. places: prepositions ("on top of"); postures: participles
    that act as prepositions ("resting on"): target first, base last. inverses: what follows the base, in full ("with
    {T} on it"). adverbs: manners that fit every verb of the list.
    """

    verbs: tuple[str, ...] = ()
    passives: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    postures: tuple[str, ...] = ()
    inverses: tuple[str, ...] = ()
    adverbs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phrases:
    """The wording a model is trained on and the wording it is tested with; no phrase is in both."""

    training: Wording
    held_out: Wording


def third_person(verb: str) -> str:
    """ "pour water into" -> "pours water into"."""
    head, _, rest = verb.partition(" ")
    if head.endswith(("s", "sh", "ch", "x", "z")):
        head += "es"
    elif head.endswith("y") and head[-2] not in "aeiou":
        head = head[:-1] + "ies"
    else:
        head += "s"
    return f"{head} {rest}".strip()


def gerund(verb: str) -> str:
    """ "cut into" -> "cutting into"; "slice" -> "slicing"."""
    head, _, rest = verb.partition(" ")
    if head in _DOUBLED:
        head += head[-1]
    elif head.endswith("ie"):
        head = head[:-2] + "y"
    elif head.endswith("e") and not head.endswith(("ee", "oe", "ye")):
        head = head[:-1]
    return f"{head}ing {rest}".strip()


_CALMLY = ("gently", "slowly", "carefully")
_FIRMLY = ("firmly", "carefully", "steadily")

PHRASES: dict[str, Phrases] = {
    "pours into": Phrases(
        Wording(
            verbs=("pour into", "pour water into", "pour a drink into", "fill", "empty into", "pour its contents into"),
            passives=("filled by", "filled from", "filled with water from"),
            inverses=("with {T} pouring into it", "receiving water from {T}", "with {T} pouring water into it"),
            adverbs=_CALMLY,
        ),
        Wording(
            verbs=("tip water into", "decant liquid into", "trickle water into", "top up", "spill its contents into"),
            passives=("topped up by", "refilled from", "replenished by"),
            inverses=("with {T} tipping water into it", "getting topped up from {T}"),
        ),
    ),
    "waters": Phrases(
        Wording(
            verbs=("water", "pour water into", "pour water onto", "sprinkle water over", "pour water over"),
            passives=("watered by", "watered with", "watered from"),
            inverses=("with {T} watering it", "receiving water from {T}", "with {T} pouring water onto it"),
            adverbs=_CALMLY,
        ),
        Wording(
            verbs=("shower", "give water to", "drip water onto", "irrigate", "soak the soil in"),
            passives=("sprinkled by", "soaked by", "moistened with"),
            inverses=("with {T} showering it", "getting a shower from {T}"),
        ),
    ),
    "cuts": Phrases(
        Wording(
            verbs=("cut", "cut into", "cut through", "slice", "slice into"),
            passives=("cut by", "cut with", "sliced by", "sliced with"),
            inverses=("with {T} cutting into it", "with {T} slicing it", "with {T} cutting through it"),
            adverbs=_CALMLY,
        ),
        Wording(
            verbs=("carve", "carve into", "halve", "split", "divide"),
            passives=("carved by", "split by", "divided with", "halved with"),
            inverses=("with {T} carving into it", "with {T} splitting it"),
        ),
    ),
    "chops on": Phrases(
        Wording(
            verbs=("chop on", "cut on", "chop food on", "cut food on", "chop away on"),
            passives=("used for chopping with", "used for cutting with"),
            inverses=("with {T} chopping on it", "with {T} cutting on it", "with {T} chopping food on it"),
            adverbs=("quickly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("mince on", "dice food on", "slice food on", "mince herbs on", "dice away on"),
            passives=("used for dicing with", "used for mincing with"),
            inverses=("with {T} dicing on it", "with {T} mincing herbs on it"),
        ),
    ),
    "slices": Phrases(
        Wording(
            verbs=("slice", "cut", "slice through", "roll across", "cut through"),
            passives=("sliced by", "sliced with", "cut by", "cut with"),
            inverses=("with {T} slicing it", "with {T} rolling across it", "with {T} cutting through it"),
            adverbs=_CALMLY,
        ),
        Wording(
            verbs=("divide", "roll over", "wheel across", "portion", "carve"),
            passives=("divided by", "portioned with", "split by"),
            inverses=("with {T} dividing it", "with {T} wheeling across it"),
        ),
    ),
    "sprinkles into": Phrases(
        Wording(
            verbs=("sprinkle into", "sprinkle salt into", "shake salt into", "add salt to", "season"),
            passives=("seasoned by", "salted by", "seasoned with"),
            inverses=("with {T} sprinkling salt into it", "receiving salt from {T}", "with {T} sprinkling into it"),
            adverbs=_CALMLY,
        ),
        Wording(
            verbs=("dust salt into", "scatter salt into", "drop salt into", "dispense salt into"),
            passives=("sprinkled with salt from", "topped with salt from", "given salt by"),
            inverses=("with {T} scattering salt into it", "getting salt from {T}"),
        ),
    ),
    "stirs": Phrases(
        Wording(
            verbs=("stir", "stir in", "stir inside", "stir the contents of", "stir around in"),
            passives=("stirred by", "stirred with"),
            inverses=("with {T} stirring in it", "with {T} stirring it", "with {T} stirring inside"),
            adverbs=_CALMLY,
        ),
        Wording(
            verbs=("swirl around in", "mix the contents of", "swirl in", "mix the liquid in"),
            passives=("mixed by", "mixed with", "swirled by"),
            inverses=("with {T} swirling in it", "with {T} mixing inside it"),
        ),
    ),
    "hits": Phrases(
        Wording(
            verbs=("hit", "strike", "pound", "drive in", "pound on"),
            passives=("hit by", "struck by", "pounded by", "driven in by"),
            inverses=("with {T} hitting it", "with {T} striking it", "with {T} pounding on it"),
            adverbs=("firmly", "repeatedly", "carefully"),
        ),
        Wording(
            verbs=("knock in", "bang on", "bash", "come down on", "knock on"),
            passives=("knocked in by", "banged in by", "bashed by"),
            inverses=("with {T} banging on it", "with {T} knocking it in"),
        ),
    ),
    "drives": Phrases(
        Wording(
            verbs=("drive", "turn", "tighten", "drive in", "screw in"),
            passives=("driven by", "turned by", "tightened by", "tightened with"),
            inverses=("with {T} turning it", "with {T} tightening it", "with {T} driving it in"),
            adverbs=_FIRMLY,
        ),
        Wording(
            verbs=("rotate", "twist", "fasten", "twist in", "wind in"),
            passives=("twisted by", "rotated by", "fastened with"),
            inverses=("with {T} twisting it", "with {T} rotating it"),
        ),
    ),
    "saws": Phrases(
        Wording(
            verbs=("saw", "saw through", "cut", "cut through", "saw into"),
            passives=("sawn by", "cut by", "cut with", "sawn through by"),
            inverses=("with {T} cutting through it", "with {T} sawing through it", "with {T} cutting it"),
            adverbs=_FIRMLY,
        ),
        Wording(
            verbs=("sever", "bite into", "rip through", "split", "work its way through"),
            passives=("severed by", "split by", "ripped in half by"),
            inverses=("with {T} biting into it", "with {T} ripping through it"),
        ),
    ),
    "writes on": Phrases(
        Wording(
            verbs=("write on", "write in", "scribble on", "draw on", "write words in"),
            passives=("written on by", "written on with", "written in with"),
            inverses=("with {T} writing on it", "with {T} writing in it", "with {T} drawing on it"),
            adverbs=("neatly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("jot notes in", "scrawl on", "sketch on", "make notes on", "mark"),
            passives=("marked by", "scrawled on with", "sketched on with"),
            inverses=("with {T} sketching on it", "with {T} jotting notes in it"),
        ),
    ),
    "sits at": Phrases(
        Wording(
            verbs=("sit at", "stand at"),
            places=("at",),
            postures=("pulled up to", "set at", "tucked in at", "standing at"),
            inverses=("with {T} at it", "with {T} pulled up to it", "with {T} tucked in", "has {T} at it"),
        ),
        Wording(
            postures=("drawn up to", "pushed up to", "arranged at", "moved up to"),
            inverses=("with {T} drawn up to it", "with {T} pushed up to it"),
        ),
    ),
    "shines on": Phrases(
        Wording(
            verbs=("shine on", "light", "light up", "illuminate", "shine onto", "cast light on"),
            passives=("lit by", "illuminated by", "lit up by"),
            inverses=("with {T} shining on it", "with {T} lighting it", "with {T} shining onto it"),
            adverbs=("softly", "brightly", "warmly"),
        ),
        Wording(
            verbs=("brighten", "glow over", "beam onto", "throw light on", "shed light on"),
            passives=("brightened by", "bathed in light from", "spotlighted by"),
            inverses=("with {T} beaming onto it", "with {T} glowing over it"),
        ),
    ),
    "on": Phrases(
        Wording(
            verbs=("rest on", "sit on", "sit on top of"),
            places=("on", "on top of", "right on top of"),
            postures=("resting on", "sitting on", "sitting on top of"),
            inverses=("with {T} on it", "with {T} on top", "with {T} resting on it", "supporting {T}", "has {T} on it"),
        ),
        Wording(
            places=("upon", "atop", "on the surface of", "on the top of"),
            postures=("perched on", "set down on"),
            inverses=("with {T} upon it", "that carries {T}", "with {T} atop it"),
        ),
    ),
    "under": Phrases(
        Wording(
            verbs=("sit under", "sit underneath"),
            places=("under", "underneath", "right under"),
            postures=("sitting under", "resting under"),
            inverses=("with {T} under it", "with {T} underneath", "with {T} underneath it", "has {T} under it"),
        ),
        Wording(
            places=("beneath", "below", "directly beneath", "in the space below"),
            postures=("tucked beneath", "stowed below"),
            inverses=("with {T} beneath it", "with {T} down below", "that shelters {T}"),
        ),
    ),
    "left of": Phrases(
        Wording(
            verbs=("sit to the left of", "sit left of"),
            places=("to the left of", "left of", "on the left side of", "on the left of", "directly to the left of"),
            inverses=("with {T} to its left", "with {T} on its left", "with {T} on its left side",
                      "has {T} to its left"),
        ),
        Wording(
            places=("on the left-hand side of", "at the left of", "immediately left of", "off to the left of"),
            postures=("placed at the left of", "set off to the left of"),
            inverses=("with {T} off to its left", "with {T} on its left-hand side", "with {T} at its left"),
        ),
    ),
    "right of": Phrases(
        Wording(
            verbs=("sit to the right of", "sit right of"),
            places=("to the right of", "right of", "on the right side of", "on the right of",
                    "directly to the right of"),
            inverses=("with {T} to its right", "with {T} on its right", "with {T} on its right side",
                      "has {T} to its right"),
        ),
        Wording(
            places=("on the right-hand side of", "at the right of", "immediately right of", "off to the right of"),
            postures=("placed at the right of", "set off to the right of"),
            inverses=("with {T} off to its right", "with {T} on its right-hand side", "with {T} at its right"),
        ),
    ),
    "in front of": Phrases(
        Wording(
            verbs=("sit in front of", "sit right in front of"),
            places=("in front of", "right in front of", "directly in front of"),
            inverses=("with {T} in front of it", "with {T} in front", "with {T} right in front of it",
                      "has {T} in front of it"),
        ),
        Wording(
            places=("just in front of", "out in front of", "a little in front of", "in the space in front of"),
            postures=("set just in front of", "left out in front of"),
            inverses=("with {T} just in front", "with {T} out in front of it"),
        ),
    ),
    "behind": Phrases(
        Wording(
            verbs=("sit behind", "sit right behind"),
            places=("behind", "right behind", "directly behind"),
            inverses=("with {T} behind it", "with {T} right behind it", "with {T} directly behind it",
                      "has {T} behind it"),
        ),
        Wording(
            places=("in back of", "just behind", "to the rear of", "a little behind"),
            postures=("set just behind", "left to the rear of"),
            inverses=("with {T} just behind", "with {T} to its rear", "with {T} at its back"),
        ),
    ),
    "beside": Phrases(
        Wording(
            verbs=("sit beside", "sit next to"),
            places=("beside", "next to", "right next to", "right beside"),
            inverses=("with {T} beside it", "with {T} next to it", "with {T} right next to it", "has {T} beside it"),
        ),
        Wording(
            places=("alongside", "adjacent to", "by the side of", "close beside"),
            postures=("set alongside", "set down beside"),
            inverses=("with {T} alongside", "with {T} adjacent to it", "with {T} at its side"),
        ),
    ),
    "inside": Phrases(
        Wording(
            verbs=("sit in", "sit inside", "rest in"),
            places=("in", "inside", "inside of"),
            postures=("sitting in", "resting inside"),
            inverses=("with {T} in it", "with {T} inside", "with {T} inside it", "containing {T}", "has {T} in it"),
        ),
        Wording(
            places=("within", "in the inside of"),
            postures=("kept in", "contained in", "held in"),
            inverses=("that holds {T}", "with {T} within it", "that contains {T}"),
        ),
    ),
    "leaning against": Phrases(
        Wording(
            verbs=("lean against", "rest against", "lean on"),
            postures=("leaning against", "propped against", "propped up against", "resting against", "leaning on"),
            inverses=("with {T} leaning against it", "with {T} propped against it", "with {T} resting against it",
                      "has {T} leaning against it"),
        ),
        Wording(
            postures=("tilted against", "slanted against", "leaned up against", "stood at an angle against"),
            inverses=("with {T} tilted against it", "with {T} slanted against it", "with {T} leaned up against it"),
        ),
    ),
}
