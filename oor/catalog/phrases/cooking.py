"""How the relations of cooking and eating are said."""

from __future__ import annotations

from oor.catalog.phrases.wording import CALMLY, FIRMLY, Phrases, Wording

PHRASES: dict[str, Phrases] = {
    "scoops from": Phrases(
        Wording(
            verbs=("scoop from", "scoop out of", "scoop a portion from", "scoop some out of", "dig into"),
            passives=("scooped out by", "scooped out with", "dug into by"),
            inverses=("with {T} scooping from it", "with {T} digging into it", "with {T} scooping a portion out of it"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("lift a load from", "collect some from", "delve into", "gather a share from"),
            passives=("emptied by", "delved into by", "emptied bit by bit with"),
            inverses=("with {T} delving into it", "with {T} lifting a load out of it"),
        ),
    ),
    "whisks in": Phrases(
        Wording(
            verbs=("whisk in", "whisk eggs in", "whisk the contents of", "beat eggs in", "beat the contents of", "whisk inside"),
            passives=("whisked by", "whisked with", "used for whisking with"),
            inverses=("with {T} whisking in it", "with {T} beating eggs in it", "with {T} whisking its contents"),
            adverbs=("quickly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("whip cream in", "froth up the contents of", "blend the contents of", "mix batter in", "swirl around in"),
            passives=("used for beating eggs with", "frothed up by", "used for mixing with"),
            inverses=("with {T} whipping cream in it", "with {T} mixing batter in it"),
        ),
    ),
    "dips into": Phrases(
        Wording(
            verbs=("dip into", "dip in", "dunk into", "plunge into", "poke down into"),
            passives=("dipped into by", "plunged into by", "dipped in by"),
            inverses=("with {T} dipping into it", "with {T} plunging into it", "with {T} dipped into it"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("sink into", "submerge in", "reach down into", "descend into"),
            passives=("reached into by", "entered by", "probed by"),
            inverses=("with {T} sinking into it", "with {T} immersed in it"),
        ),
    ),
    "sprinkles on": Phrases(
        Wording(
            verbs=("sprinkle on", "sprinkle onto", "sprinkle over", "sprinkle seasoning on", "shake seasoning onto"),
            passives=("sprinkled by", "sprinkled with seasoning from", "sprinkled from above by"),
            inverses=("with {T} sprinkling on it", "receiving seasoning from {T}", "with {T} sprinkling seasoning over it"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("scatter spice over", "dust", "drop grains onto", "dispense spice onto", "strew spice across"),
            passives=("dusted by", "spiced by", "dusted with spice from"),
            inverses=("with {T} scattering spice over it", "getting a dusting from {T}"),
        ),
    ),
    "grates onto": Phrases(
        Wording(
            verbs=("grate onto", "grate over", "grate cheese over", "grate food over", "grate above"),
            passives=("sprinkled with grated cheese from", "covered with grated cheese from", "topped with grated cheese by"),
            inverses=("with {T} grating over it", "with {T} grating cheese over it", "receiving grated cheese from {T}"),
            adverbs=("quickly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("shred cheese over", "drop shavings onto", "shave cheese over", "shower shreds over"),
            passives=("showered with shavings from", "strewn with shreds from", "littered with shavings by"),
            inverses=("with {T} shredding cheese over it", "catching shavings from {T}"),
        ),
    ),
    "squeezes onto": Phrases(
        Wording(
            verbs=("squeeze onto", "squeeze over", "squirt onto", "squirt some onto"),
            passives=("squirted on by", "squirted over by", "squirted onto from above by"),
            inverses=("with {T} squeezing onto it", "with {T} squirting onto it", "with {T} being squeezed onto it"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("dispense a blob onto", "dribble onto", "ooze onto", "press out a portion onto"),
            passives=("coated by", "dribbled on by", "given a blob by"),
            inverses=("with {T} dribbling onto it", "receiving a blob from {T}"),
        ),
    ),
    "spreads on": Phrases(
        Wording(
            verbs=("spread on", "spread butter on", "spread butter over", "spread across", "butter"),
            passives=("buttered by", "buttered with", "spread with butter by"),
            inverses=("with {T} spreading butter on it", "with {T} buttering it", "with {T} spreading on it"),
            adverbs=("evenly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("smear jam on", "coat", "smooth cream over", "glide over", "smear"),
            passives=("coated by", "smeared with jam by", "smoothed with"),
            inverses=("with {T} smearing jam on it", "with {T} gliding over it"),
        ),
    ),
    "rolls out": Phrases(
        Wording(
            verbs=("roll out", "roll", "flatten", "roll over", "roll across"),
            passives=("rolled out by", "rolled out with", "flattened by", "flattened with"),
            inverses=("with {T} rolling it out", "with {T} flattening it", "with {T} rolling over it"),
            adverbs=FIRMLY,
        ),
        Wording(
            verbs=("press down on", "thin out", "squash", "even out", "stretch out"),
            passives=("pressed thin by", "squashed by", "thinned out with"),
            inverses=("with {T} pressing down on it", "with {T} thinning it out"),
        ),
    ),
    "flips": Phrases(
        Wording(
            verbs=("flip", "flip over", "turn over", "lift", "turn"),
            passives=("flipped by", "flipped over with", "turned over by", "lifted by"),
            inverses=("with {T} flipping it", "with {T} turning it over", "with {T} lifting it"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("scoop up", "toss", "pick up", "raise"),
            passives=("scooped up by", "picked up by", "tossed by"),
            inverses=("with {T} scooping it up", "with {T} picking it up"),
        ),
    ),
    "lights": Phrases(
        Wording(
            verbs=("light", "light up", "ignite", "light the wick of", "ignite the wick of"),
            passives=("lit by", "lit with", "ignited by", "ignited with"),
            inverses=("with {T} lighting it", "with {T} igniting it", "with {T} lighting its wick"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("kindle", "inflame", "touch a flame to", "bring a flame to"),
            passives=("kindled by", "inflamed by", "touched with a flame by"),
            inverses=("with {T} kindling it", "with {T} setting it alight"),
        ),
    ),
    "covers": Phrases(
        Wording(
            verbs=("cover", "cover up", "cover the top of", "seal", "seal the top of"),
            passives=("covered by", "covered with", "sealed by", "sealed with"),
            inverses=("with {T} covering it", "with {T} sealing it", "with {T} covering its opening"),
            adverbs=("completely", "snugly", "neatly"),
        ),
        Wording(
            verbs=("shut", "conceal the inside of", "protect the contents of", "block the mouth of"),
            passives=("shut by", "concealed by", "shut tight with"),
            inverses=("with {T} shutting it", "with {T} protecting its contents"),
        ),
    ),
}

# other verb forms that a user may type
MORE_VERBS = {
    "scoops from": "taking takes "
                   "scooped ladle ladles ladling ladled serve serves serving served dip dips dipping dug spoons spooning shovels "
                   "shovelling shoveling",
    "whisks in": "whips whipping whipped stir stirs stirring stirred mixes mixing beats beating blends foams foaming",
    "dips into": "dipped dunked plunged sunk submerged soak soaks soaking immerse immerses immersing immersed dives diving "
                 "rinses rinsing",
    "sprinkles on": "sprinkled season seasons seasoning seasoned salts salting salted peppers peppering peppered shakes shaking "
                    "shaken pours pouring grinds grinding flavors flavoring flavours flavouring strewn scattered",
    "grates onto": "grated grates grating shreds shredded rasp rasps rasping zests zesting shaved scrapes scraping",
    "squeezes onto": "squeezed apply applies applying applied pours pouring drips dripping spreads spreading dispensed",
    "spreads on": "spreads spreading smeared ices icing frosts frosting scrapes scraping",
    "rolls out": "rolled presses pressing thinned stretches stretching stretched knead kneads kneading kneaded spreads spreading",
    "flips": "flipped turned lifted serves serving slides sliding",
    "lights": "alight lighted torches torching",
    "covers": "closes closing closed caps capping capped tops topping topped",
}
