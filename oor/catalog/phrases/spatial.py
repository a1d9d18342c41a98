"""How places are said: on, under, beside, inside, leaning against."""

from __future__ import annotations

from oor.catalog.phrases.wording import Phrases, Wording

PHRASES: dict[str, Phrases] = {
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
