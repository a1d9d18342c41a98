"""How the relations of keeping house are said."""

from __future__ import annotations

from oor.catalog.phrases.wording import CALMLY, Phrases, Wording

_THOROUGHLY = ("thoroughly", "carefully", "quickly")
_AS_IT_IS = ("now", "still", "just")

PHRASES: dict[str, Phrases] = {
    "irons": Phrases(
        Wording(
            verbs=("iron", "press", "smooth", "glide over", "flatten"),
            passives=("ironed by", "ironed with", "pressed with", "smoothed by"),
            inverses=("with {T} ironing it", "with {T} gliding over it", "with {T} pressing it"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("steam", "straighten", "slide across", "take the wrinkles out of", "remove creases from"),
            passives=("steamed by", "straightened with", "heated by"),
            inverses=("with {T} sliding across it", "with {T} steaming it"),
        ),
    ),
    "wipes": Phrases(
        Wording(
            verbs=("wipe", "wipe down", "clean", "wipe across", "wipe off"),
            passives=("wiped by", "wiped with", "cleaned with", "wiped down with"),
            inverses=("with {T} wiping it", "with {T} cleaning it", "with {T} wiping across it"),
            adverbs=_THOROUGHLY,
        ),
        Wording(
            verbs=("swipe across", "dry off", "soak up spills from", "freshen up"),
            passives=("rubbed with", "dried with", "freshened up with"),
            inverses=("with {T} rubbing it", "with {T} drying it"),
        ),
    ),
    "mops": Phrases(
        Wording(
            verbs=("mop", "wash", "clean", "wipe", "glide over"),
            passives=("mopped by", "mopped with", "washed with", "cleaned by"),
            inverses=("with {T} mopping it", "with {T} washing it", "with {T} gliding over it"),
            adverbs=_THOROUGHLY,
        ),
        Wording(
            verbs=("rinse", "dampen", "swish across", "moisten", "soak"),
            passives=("rinsed with", "dampened by", "soaked by"),
            inverses=("with {T} swishing across it", "with {T} dampening it"),
        ),
    ),
    "sweeps": Phrases(
        Wording(
            verbs=("sweep", "brush", "sweep across", "clean", "sweep over"),
            passives=("swept by", "swept with", "brushed by", "cleaned with"),
            inverses=("with {T} sweeping it", "with {T} brushing it", "with {T} sweeping across it"),
            adverbs=_THOROUGHLY,
        ),
        Wording(
            verbs=("clear dust from", "tidy", "gather dirt from", "scrape dirt off", "dust"),
            passives=("dusted by", "tidied with", "cleared of dirt by"),
            inverses=("with {T} dusting it", "with {T} gathering dirt from it"),
        ),
    ),
    "vacuums": Phrases(
        Wording(
            verbs=("vacuum", "clean", "suck dirt from", "roll over", "suck up dirt from"),
            passives=("vacuumed by", "vacuumed with", "cleaned by", "cleaned with"),
            inverses=("with {T} vacuuming it", "with {T} cleaning it", "with {T} rolling over it"),
            adverbs=_THOROUGHLY,
        ),
        Wording(
            verbs=("lift dust from", "remove dust from", "pass over", "travel across"),
            passives=("freed of dust by", "gone over with", "cleared of dust by"),
            inverses=("with {T} travelling across it", "with {T} lifting dust from it"),
        ),
    ),
    "scrubs": Phrases(
        Wording(
            verbs=("scrub", "scour", "brush", "clean", "scrub away at"),
            passives=("scrubbed by", "scrubbed with", "scoured with", "cleaned with"),
            inverses=("with {T} scrubbing it", "with {T} scouring it", "with {T} brushing it"),
            adverbs=("thoroughly", "firmly", "quickly"),
        ),
        Wording(
            verbs=("polish", "scrape", "work hard on", "remove grime from"),
            passives=("polished with", "scraped clean with", "freed of grime by"),
            inverses=("with {T} polishing it", "with {T} scraping grime off it"),
        ),
    ),
    "stands in": Phrases(
        Wording(
            verbs=("stand in", "stand upright in", "stand up in", "stick out of", "poke out of"),
            passives=("occupied by", "used to prop up", "used as a holder for"),
            inverses=("with {T} standing in it", "with {T} sticking out of it", "has {T} standing in it"),
            adverbs=_AS_IT_IS,
        ),
        Wording(
            verbs=("protrude from", "peek out of", "jut out of", "project from"),
            passives=("used to keep hold of", "taken up by", "used for storing"),
            inverses=("with {T} jutting out of it", "with {T} protruding from it"),
        ),
    ),
    "mounts on": Phrases(
        Wording(
            verbs=("sit mounted on", "top", "balance on", "sit fixed on"),
            passives=("topped by", "topped with", "fitted with", "used for mounting"),
            inverses=("with {T} mounted on it", "with {T} mounted on top", "has {T} mounted on it"),
            adverbs=_AS_IT_IS,
        ),
        Wording(
            verbs=("perch on", "surmount", "rest attached to", "stay secured to"),
            passives=("equipped with", "surmounted by", "rigged with"),
            inverses=("with {T} attached to it", "with {T} secured to its head"),
        ),
    ),
    "hangs on": Phrases(
        Wording(
            verbs=("hang on", "hang from", "dangle from", "hang down from", "swing from"),
            passives=("hung with", "used for hanging", "used to hang", "occupied by"),
            inverses=("with {T} hanging on it", "with {T} hanging from it", "with {T} dangling from it"),
            adverbs=("loosely", "freely", "gently"),
        ),
        Wording(
            verbs=("sway from", "droop from", "stay suspended from", "stay hooked over"),
            passives=("used to suspend", "loaded with", "laden with"),
            inverses=("with {T} suspended from it", "with {T} swaying from it"),
        ),
    ),
    "stacks on": Phrases(
        Wording(
            verbs=("stack up on", "stack on top of", "top", "line up on top of", "form a stack on"),
            passives=("topped by", "topped with", "covered by", "used as a base for"),
            inverses=("with {T} stacked on it", "with {T} stacked on top", "has {T} stacked on it"),
            adverbs=("neatly", "securely", "now"),
        ),
        Wording(
            verbs=("balance on", "stay piled on", "build a pile on", "remain piled up on"),
            passives=("weighed down by", "loaded with", "capped with"),
            inverses=("with {T} piled on top of it", "with {T} piled onto it"),
        ),
    ),
    "nests in": Phrases(
        Wording(
            verbs=("nest in", "nest inside", "nestle in", "nestle inside", "sit nested in"),
            passives=("filled by", "occupied by", "lined with"),
            inverses=("with {T} nested in it", "with {T} nested inside", "has {T} nested inside it"),
            adverbs=("snugly", "neatly", "now"),
        ),
        Wording(
            verbs=("slot into", "settle into", "lodge in", "snuggle into"),
            passives=("taken up by", "packed with", "loaded with"),
            inverses=("with {T} slotted into it", "with {T} lodged inside it"),
        ),
    ),
}

MORE_VERBS: dict[str, str] = {
    "irons": "ironed presses pressed smooths smoothed smoothens flattened steamed straightened unwrinkles",
    "wipes": "wiped cleaned cleans swiped dried rub rubs rubbing rubbed polish polishes polishing polished dusts dusting",
    "mops": "mopped washed cleaned wiped swab swabs swabbing swabbed scrubs scrubbing wets wetting",
    "sweeps": "swept brushed cleaned dusted tidied",
    "vacuums": "travelling travels vacuumed hoover hoovers hoovering hoovered sucks sucking cleaned",
    "scrubs": "scrubbed scoured brushed cleaned polished washes washing washed wash rub rubs rubbing",
    "stands in": "stood sticks sticking stuck pokes poking insert inserts inserted",
    "mounts on": "mount mounts mounting mounted attached attaches attach fixed screwed fastened secured installed perched topped",
    "hangs on": "hung hanged dangled dangling suspended suspends hooked draped drapes drape dangles suspend",
    "stacks on": "stack stacks stacking stacked pile piles piling piled heaped stacked balanced balances",
    "nests in": "nested nests nesting nestled nestles fits fitted fit tucked slotted stacked stacks",
}
