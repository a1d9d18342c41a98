"""How the relations of the workshop, the desk and the surgery are said."""

from __future__ import annotations

from oor.catalog.phrases.wording import CALMLY, FIRMLY, Phrases, Wording

PHRASES: dict[str, Phrases] = {
    "drills into": Phrases(
        Wording(
            verbs=("drill into", "drill holes in", "drill holes into", "drill through", "bore into", "bore holes in"),
            passives=("drilled by", "drilled with", "drilled into by", "drilled through by"),
            inverses=("with {T} drilling into it", "with {T} boring into it", "with {T} drilling holes in it"),
            adverbs=FIRMLY,
        ),
        Wording(
            verbs=("pierce", "perforate", "puncture", "burrow into", "grind into"),
            passives=("pierced by", "perforated by", "punctured with"),
            inverses=("with {T} burrowing into it", "with {T} grinding into it"),
        ),
    ),
    "tightens": Phrases(
        Wording(
            verbs=("tighten", "tighten up", "turn", "crank", "torque"),
            passives=("tightened by", "tightened with", "turned by", "turned with"),
            inverses=("with {T} tightening it", "with {T} turning it", "with {T} cranking it"),
            adverbs=FIRMLY,
        ),
        Wording(
            verbs=("fasten", "rotate", "twist", "secure", "work on"),
            passives=("fastened by", "rotated with", "twisted by"),
            inverses=("with {T} twisting it", "with {T} fastening it"),
        ),
    ),
    "paints": Phrases(
        Wording(
            verbs=("paint", "paint on", "paint over", "apply paint to", "spread paint over", "add paint to"),
            passives=("painted by", "painted with", "painted over with"),
            inverses=("with {T} painting it", "with {T} painting on it", "with {T} applying paint to it"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("colour", "decorate", "daub", "stroke", "smear colour across"),
            passives=("decorated by", "coloured with", "daubed by"),
            inverses=("with {T} stroking it", "with {T} daubing it"),
        ),
    ),
    "sews": Phrases(
        Wording(
            verbs=("sew", "sew through", "sew stitches into", "stitch", "stitch through"),
            passives=("sewn by", "sewn with", "stitched by", "stitched with"),
            inverses=("with {T} sewing it", "with {T} stitching it", "with {T} sewing through it"),
            adverbs=("neatly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("mend", "embroider", "prick", "poke through", "pass through"),
            passives=("mended by", "embroidered with", "pricked by"),
            inverses=("with {T} poking through it", "with {T} mending it"),
        ),
    ),
    "injects into": Phrases(
        Wording(
            verbs=("inject into", "inject fluid into", "inject medicine into", "inject its contents into", "plunge into"),
            passives=("injected by", "injected with", "injected with fluid from"),
            inverses=("with {T} injecting into it", "with {T} plunging into it", "receiving fluid from {T}"),
            adverbs=CALMLY,
        ),
        Wording(
            verbs=("puncture", "pierce", "penetrate", "poke into", "push liquid into"),
            passives=("punctured by", "pierced by", "penetrated by"),
            inverses=("with {T} piercing it", "with {T} puncturing it"),
        ),
    ),
    "unlocks": Phrases(
        Wording(
            verbs=("unlock", "turn in", "turn inside", "twist in", "enter"),
            passives=("unlocked by", "unlocked with", "unlocked using"),
            inverses=("with {T} turning in it", "with {T} unlocking it", "with {T} twisting in it"),
            adverbs=("slowly", "smoothly", "carefully"),
        ),
        Wording(
            verbs=("release", "unfasten", "rotate in", "slide into", "poke into"),
            passives=("opened by", "opened with", "unfastened by"),
            inverses=("with {T} rotating in it", "with {T} poking into it"),
        ),
    ),
    "plugs into": Phrases(
        Wording(
            verbs=("plug into", "connect to", "connect up to", "connect straight to", "push into"),
            passives=("connected with", "occupied by", "joined with"),
            inverses=("with {T} plugged into it", "with {T} plugging into it", "with {T} connected to it"),
            adverbs=("firmly", "snugly", "safely"),
        ),
        Wording(
            verbs=("attach to", "link to", "couple to", "slide into", "engage"),
            passives=("linked with", "coupled with", "engaged by"),
            inverses=("with {T} linked to it", "with {T} attached to it"),
        ),
    ),
    "magnifies": Phrases(
        Wording(
            verbs=("magnify", "enlarge", "examine", "inspect", "hover over"),
            passives=("magnified by", "magnified with", "enlarged by", "examined with"),
            inverses=("with {T} magnifying it", "with {T} enlarging it", "with {T} hovering over it"),
            adverbs=("slowly", "carefully", "steadily"),
        ),
        Wording(
            verbs=("zoom in on", "focus on", "study", "scrutinise", "float over"),
            passives=("studied with", "scrutinised with", "viewed with"),
            inverses=("with {T} focusing on it", "with {T} floating over it"),
        ),
    ),
    "staples": Phrases(
        Wording(
            verbs=("staple", "staple the edge of", "staple through", "drive staples into", "press staples into"),
            passives=("stapled by", "stapled with", "stapled through by"),
            inverses=("with {T} stapling it", "with {T} stapling its edge", "with {T} stapling through it"),
            adverbs=("firmly", "quickly", "carefully"),
        ),
        Wording(
            verbs=("fasten", "bind", "clinch", "clamp down on", "bite into"),
            passives=("fastened by", "bound with", "clamped by"),
            inverses=("with {T} clamping down on it", "with {T} biting into it"),
        ),
    ),
    "punches": Phrases(
        Wording(
            verbs=("punch", "punch holes in", "punch holes into", "punch holes through", "punch through"),
            passives=("punched by", "punched with", "punched through by"),
            inverses=("with {T} punching it", "with {T} punching holes in it", "with {T} punching through it"),
            adverbs=("firmly", "quickly", "carefully"),
        ),
        Wording(
            verbs=("perforate", "pierce", "puncture", "cut holes in", "bite through"),
            passives=("perforated by", "pierced by", "punctured with"),
            inverses=("with {T} perforating it", "with {T} piercing it"),
        ),
    ),
    "clips": Phrases(
        Wording(
            verbs=("clip", "clip onto", "clamp", "clamp onto", "pinch"),
            passives=("clipped by", "clipped with", "clamped by", "pinched by"),
            inverses=("with {T} clipped onto it", "with {T} clamped onto it", "with {T} pinching it"),
            adverbs=("firmly", "tightly", "carefully"),
        ),
        Wording(
            verbs=("fasten onto", "attach to", "squeeze", "cling to", "latch onto"),
            passives=("squeezed by", "fastened with", "secured with"),
            inverses=("with {T} attached to it", "with {T} fastened onto it"),
        ),
    ),
    "erases": Phrases(
        Wording(
            verbs=("erase words on", "erase lines on", "rub on", "rub across", "rub over"),
            passives=("erased by", "erased with", "rubbed by", "rubbed with"),
            inverses=("with {T} erasing words on it", "with {T} rubbing on it", "with {T} rubbing across it"),
            adverbs=("firmly", "gently", "carefully"),
        ),
        Wording(
            verbs=("wipe", "clean", "smudge", "scrub", "sweep along"),
            passives=("wiped by", "cleaned with", "wiped clean by"),
            inverses=("with {T} wiping it", "with {T} cleaning it"),
        ),
    ),
    "snips": Phrases(
        Wording(
            verbs=("cut", "cut into", "cut through", "snip", "snip into"),
            passives=("cut by", "cut with", "snipped by", "snipped with"),
            inverses=("with {T} cutting it", "with {T} snipping it", "with {T} cutting into it"),
            adverbs=("neatly", "slowly", "carefully"),
        ),
        Wording(
            verbs=("slice into", "shear through", "sever", "divide", "nick"),
            passives=("sliced by", "severed by", "sheared with"),
            inverses=("with {T} slicing into it", "with {T} shearing through it"),
        ),
    ),
    "grips": Phrases(
        Wording(
            verbs=("grip", "grasp", "pinch", "seize", "pick up"),
            passives=("gripped by", "grasped by", "pinched by", "picked up with"),
            inverses=("with {T} gripping it", "with {T} grasping it", "with {T} pinching it"),
            adverbs=("firmly", "gently", "carefully"),
        ),
        Wording(
            verbs=("clutch", "clench", "squeeze", "lift", "close around"),
            passives=("clutched by", "squeezed by", "lifted with"),
            inverses=("with {T} clutching it", "with {T} closing around it"),
        ),
    ),
}

MORE_VERBS = {
    "drills into": "bored drill drills drilled drilling",
    "tightens": "loosen loosens loosening loosened unscrew unscrews unscrewing wrenches wrenching cranked torqued secured",
    "paints": "paints painting painted brushing brushed applied color colors coloring colored colours coats coating varnish "
              "varnishes varnishing",
    "sews": "sewed sewn stitches stitching poked passed threads threading hem hems hemming pierce pierces piercing",
    "injects into": "injection receive receives receiving plunged inserted extracts extracted withdrawn withdrew fills filled "
                    "refilling jab jabs jabbing",
    "unlocks": "lock locks locking locked turned twisted inserted inserts inserting fit fits fitting fitted opens slid released",
    "plugs into": "plugged inserted inserts inserting attached charges charging charged powered powering powers fit fits fitted "
                  "fitting pushed",
    "magnifies": "magnification enlarged inspected views viewing viewed zoomed zooms zooming focuses focused reads reading "
                 "scrutinizes scrutinizing scrutinized enlarging hovers",
    "staples": "stapled attaches attaching attached joins joining joined binds",
    "punches": "punched holing perforates",
    "clips": "clipped attached pins pinning pinned fastened grips gripping gripped holding secures securing",
    "erases": "erases erasing rubbed rubs removed removes removing wiped scrubs scrubbing cleaned",
    "snips": "snips snipping snipped trim trims trimming trimmed clips clipping clipped sheared shears",
    "grips": "grabs grabbing grab grabbed clamps clamping clamped clasps clasping gripped seized picked nips nipping plucks "
             "plucking takes lifts flips flipping",
}
