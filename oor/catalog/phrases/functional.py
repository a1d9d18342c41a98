"""How pouring, cutting, stirring, striking, driving, writing, sitting at and shining on are said."""

from __future__ import annotations

from oor.catalog.phrases.wording import CALMLY, FIRMLY, Phrases, Wording

PHRASES: dict[str, Phrases] = {
    "pours into": Phrases(
        Wording(
            verbs=("pour into", "pour water into", "pour a drink into", "fill", "empty into", "pour its contents into"),
            passives=("filled by", "filled from", "filled with water from"),
            inverses=("with {T} pouring into it", "receiving water from {T}", "with {T} pouring water into it"),
            adverbs=CALMLY,
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
            adverbs=CALMLY,
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
            adverbs=CALMLY,
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
            adverbs=CALMLY,
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
            adverbs=CALMLY,
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
            adverbs=CALMLY,
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
            adverbs=FIRMLY,
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
            adverbs=FIRMLY,
        ),
        Wording(
            verbs=("sever", "bite into", "rip through", "split", "work its way through"),
            passives=("severed by", "split by", "ripped in half by"),
            inverses=("with {T} biting into it", "with {T} ripping through it"),
        ),
    ),
    "writes on": Phrases(
        Wording(
            verbs=("write on", "scribble on", "draw on", "write words on", "write notes on"),
            passives=("written on by", "written on with", "drawn on with"),
            inverses=("with {T} writing on it", "with {T} scribbling on it", "with {T} drawing on it"),
            adverbs=("neatly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("jot notes on", "scrawl on", "sketch on", "make notes on", "mark"),
            passives=("marked by", "scrawled on with", "sketched on with"),
            inverses=("with {T} sketching on it", "with {T} jotting notes on it"),
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
}

# verbs and participles beyond those of the phrases, for each action
MORE_VERBS = {
    "pours into": (
        "receive receives receiving poured drip drips dripping splash splashes splashing serve serves serving "
        "drain drains draining dribble dribbles dribbling spilled spilt emptied decanted tipped tilts tilting "
        "serves transfer refill refills refilling"
    ),
    "waters": "receive receives receiving hydrates hydrating sprays spraying spray rains raining poured",
    "cuts": "chop chops chopping chopped sliced sawing halved peel peels peeling stab stabs stabbing",
    "chops on": "chopped sliced dice dices dicing cuts cutting cut slicing slices mincing minces",
    "slices": "chops chopping sliced rolled rolling rolls",
    "sprinkles into": (
        "receive receives receiving seasons seasoned salts salting salt sprinkled shakes shaking shaken pour "
        "pours pouring dusting"
    ),
    "stirs": "stirred mixes mixing swirls beats beating whisk whisks whisking scoop scoops scooping blend blends",
    "hits": (
        "hammers hammering hammered struck whack whacks whacking hammer smash smashes smashing tap taps tapping "
        "drives driving driven nails nailing pounding"
    ),
    "drives": "screws screwing screwed tightened loosen loosens loosening unscrew unscrews unscrewing drove turned",
    "saws": "sawed sawn sawing saws halved slices slicing",
    "writes on": "written wrote scribbles scribbling doodle doodles doodling drew",
    "shines on": (
        "lit lighted lighting illuminated illumines highlight highlights highlighting shone spotlight spotlights "
        "spotlighting glows glowing"
    ),
}
