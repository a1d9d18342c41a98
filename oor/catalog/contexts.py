"""Contexts: which (target, predicate, base) triples the world knows. One more is one more word in the table below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, order=True)
class Context:
    """A target that stands in a named relation (a program's name) to a base."""

    target: str
    predicate: str
    base: str

    def __str__(self) -> str:
        return f"{self.target} {self.predicate} {self.base}"


# predicate -> rows of "targets / bases", every target with every base of its row
_TABLE: dict[str, tuple[str, ...]] = {
    "pours into": (
        "teapot, kettle, coffee pot / teacup, mug, espresso cup",
        "bottle / wine glass, champagne flute, bowl",
        "beer bottle / beer stein, mug",
        "pitcher / wine glass, mug, bowl, jar",
        "kettle, water bottle / pot, bowl, saucepan",
    ),
    "waters": ("watering can / flower pot, planter", "pitcher / flower pot"),
    "cuts": (
        "knife, bread knife / bread, baguette, cake",
        "knife, paring knife / apple, orange, tomato, lemon, lime, peach, onion, banana, carrot",
        "knife, cleaver / steak, watermelon, cheese, grapefruit",
        "knife / pizza, pie",
        "axe / log",
    ),
    "chops on": ("knife, cleaver, paring knife / cutting board",),
    "slices": ("pizza cutter / pizza, tortilla, dough",),
    "sprinkles into": ("salt shaker, pepper shaker, pepper mill / pan, pot, bowl, saucepan, salad bowl",),
    "stirs": (
        "spoon, teaspoon / teacup, mug, bowl",
        "teaspoon / espresso cup",
        "spoon, wooden spoon / pot, saucepan, mixing bowl",
        "wooden spoon / bowl, stockpot",
    ),
    "hits": ("hammer, mallet / nail", "hammer / thumbtack"),
    "drives": ("screwdriver / screw, bolt",),
    "saws": ("saw / plank, wooden beam, log", "hacksaw / plank"),
    "writes on": ("pencil, pen, marker, crayon / notebook, paper, sketchbook, envelope",),
    "sits at": ("chair / table, desk, workbench", "stool / table, desk", "bar stool / workbench", "bench / table"),
    "shines on": ("desk lamp / book, notebook, sketchbook, newspaper, paper, dictionary",),
    "scoops from": (
        "ladle / pot, stockpot, saucepan, bowl",
        "ice cream scoop / bowl, mixing bowl, salad bowl",
        "trowel / bucket, wheelbarrow",
    ),
    "whisks in": ("whisk / bowl, mixing bowl, pot, saucepan, salad bowl",),
    "dips into": ("paintbrush / paint can, jar, bucket", "mop / bucket", "teaspoon, butter knife / jar"),
    "sprinkles on": ("salt shaker, pepper shaker, pepper mill / pizza, plate, steak, fried egg",),
    "grates onto": ("grater / plate, pizza, bowl, salad bowl, cutting board, platter",),
    "squeezes onto": (
        "toothpaste / toothbrush",
        "ketchup bottle, mustard bottle / hot dog, burger, plate",
        "glue bottle / paper, plank",
        "ketchup bottle / fried egg, steak",
    ),
    "spreads on": ("butter knife / bread slice, tortilla, pancake, cake",),
    "rolls out": ("rolling pin / dough, tortilla",),
    "flips": ("spatula / pancake, fried egg, burger, steak, tortilla, cookie",),
    "lights": ("match, lighter / candle, taper candle",),
    "covers": ("lid / pot, pan, saucepan, stockpot, wok",),
    "drills into": ("drill / plank, wooden beam, brick, log",),
    "tightens": ("wrench, spanner / bolt, nut",),
    "paints": ("paintbrush / canvas, plank, paper, wooden beam, bench, stool", "marker / canvas"),
    "sews": ("needle / shirt, cloth, pillow, cushion, dishcloth",),
    "injects into": ("syringe / vial, ampoule",),
    "unlocks": ("key / padlock, treasure chest",),
    "plugs into": ("plug / power strip, wall socket",),
    "magnifies": ("magnifying glass / stamp, book, newspaper, paper, coin, magazine, notebook",),
    "staples": ("stapler / paper, notebook, magazine, newspaper",),
    "punches": ("hole punch / paper, notebook",),
    "clips": ("clothespin / shirt, paper, newspaper", "paper clip / paper, envelope"),
    "erases": ("eraser / notebook, paper, sketchbook",),
    "snips": ("scissors / paper, newspaper, magazine, cloth, envelope",),
    "grips": (
        "pliers / nail, bolt, nut, screw",
        "tweezers / stamp, coin",
        "tongs / steak, hot dog, bread slice, egg, tomato",
    ),
    "bows": ("violin bow / violin, viola", "cello bow / cello, double bass"),
    "drums on": ("drumstick / drum, bongo, cymbal, xylophone, glockenspiel",),
    "strikes": (
        "baseball bat / baseball",
        "cricket bat, tennis racket / tennis ball",
        "golf club, putter / golf ball",
        "hockey stick / puck",
        "ping pong paddle / ping pong ball",
        "badminton racket / shuttlecock",
        "pool cue / billiard ball",
    ),
    "types at": ("teddy bear, doll, robot, toy panda / laptop, keyboard, typewriter",),
    "plays": ("teddy bear, doll, robot, toy panda / drum, xylophone, glockenspiel",),
    "sits on": ("teddy bear, doll, toy panda, cat / chair, sofa, armchair, bench, loveseat", "robot / chair, bench"),
    "rides on": (
        "teddy bear, doll, robot, toy panda / skateboard, longboard",
        "robot, action figure / toy truck",
        "doll, robot / rocking horse",
    ),
    "worn by": (
        "hat, royal crown / teddy bear, doll, snowman, garden gnome, toy panda",
        "helmet / teddy bear, snowman, toy panda",
        "headphones / snowman",
    ),
    "faces": ("chair, armchair, sofa, loveseat, bench / television", "teddy bear, cat / mirror, television"),
    "points at": ("remote control / television", "flashlight / garden gnome, cat", "telescope / globe"),
    "photographs": ("camera / vase, teddy bear, cake, trophy, doll, flower pot, cat, statue",),
    "blows on": ("fan / bed, sofa, potted plant, desk", "hair dryer / doll, cat"),
    "sprays": ("spray bottle / potted plant, mirror, flower pot, flower, sink",),
    "drops into": ("ball, volleyball / basketball hoop, laundry basket", "coin / piggy bank", "tennis ball / bucket"),
    "irons": ("iron / shirt, cloth, dishcloth",),
    "wipes": (
        "sponge, cloth, dishcloth / table, cutting board, desk, coffee table, workbench",
        "sponge / plate, baking tray, platter",
    ),
    "mops": ("mop / tile, doormat, rug",),
    "sweeps": ("broom / rug, tile, doormat, carpet",),
    "vacuums": ("vacuum cleaner / rug, carpet, tile, doormat",),
    "scrubs": ("scrub brush / pan, pot, sink, bathtub, plate, tile, cutting board", "toilet brush / toilet"),
    "stands in": (
        "taper candle / candlestick",
        "flower, daisy / vase, jar",
        "toothbrush / toothbrush holder, mug",
        "umbrella, cane, parasol / umbrella stand",
        "pencil, pen, marker, crayon / pen holder",
        "pencil, pen, marker / jar",
        "egg / egg cup",
        "wooden spoon, spatula, whisk / jar",
    ),
    "mounts on": ("camera, telescope / tripod", "microphone / microphone stand"),
    "hangs on": (
        "hat, coat, handbag, backpack / coat rack",
        "coat, handbag, backpack / wall hook",
        "towel, hand towel / towel rack, wall hook",
        "picture frame / wall hook",
        "shirt / coat rack, wall hook",
    ),
    "stacks on": (
        "plate / plate, platter",
        "saucer / saucer",
        "book / dictionary",
        "magazine / magazine",
        "newspaper / newspaper",
        "box / box",
        "crate / crate",
        "shoebox / shoebox",
        "toy block / toy block",
        "plastic brick / plastic brick",
        "cushion / cushion, pillow",
        "brick / brick",
        "coin / coin",
        "pancake / pancake",
        "cookie / cookie",
        "plank / plank",
    ),
    "nests in": (
        "bowl / mixing bowl, salad bowl",
        "mixing bowl / salad bowl",
        "saucepan / pot, stockpot",
        "bucket / bucket",
        "shoebox / crate",
        "espresso cup / teacup",
    ),
    "on": (
        "teacup, mug, plate, bowl, bottle, vase, teapot, wine glass, book, laptop, candle / table, desk",
        "monitor, keyboard, desk lamp, printer, phone, stapler, globe, typewriter / desk",
        "pizza, bread, pot, cake, candlestick, tray, newspaper / table",
        "desk lamp, clock, phone, book / nightstand",
        "apple, orange, bread, knife, tomato, cheese, steak, carrot / cutting board",
        "apple, orange, donut, burger, steak, pancake, cookie, bread slice, fried egg, cheese / plate",
        "teacup, mug, wine glass, plate, coffee pot, donut / tray",
        "cookie, pancake, bread / baking tray",
        "burger, pie, cheese / platter",
        "book, vase, magazine, remote control, tray / coffee table",
        "book, vase, globe, trophy, toy car, clock / bookshelf",
        "television, vase, speaker / television stand",
        "book / stool, bench",
        "potted plant / bench",
        "potted plant, vase / side table",
        "espresso cup, teacup / saucer",
        "teacup / book",
        "book, cushion, backpack / chair",
        "pillow, cushion / sofa, bed, armchair",
        "book / book, bed",
        "hammer, drill, toolbox, saw, paint can, plank, chisel, sledgehammer / workbench",
        "microwave, toaster, radio, first aid kit, record player / cabinet, table",
        "statue, nesting doll, toy plane / bookshelf, coffee table",
        "tablet, briefcase, abacus / desk",
        "watch, radio, pill bottle, thermometer / nightstand",
        "metronome / piano",
        "toy castle, stacking toy, spinning top, chessboard / table",
        "flute, trumpet, tambourine, recorder / chair, bench",
        "tablet / pillow",
        "vacuum cleaner, coffee table / rug",
        "chess pawn / chessboard",
        "phone, pen, eraser, ruler, glue bottle / notebook",
        "speaker / amplifier",
        "trophy, vase, violin / piano",
        "rubber duck, die, puzzle cube, toy car / book",
    ),
    "under": (
        "ball, box, suitcase, trash can, cat / table, desk",
        "ball, box, cat / chair",
        "toolbox, bucket / workbench",
        "shoebox, crate / bench",
    ),
    "left of": (
        "fork, mug, teacup, wine glass / plate",
        "mug, desk lamp, book, phone / laptop, monitor",
        "mouse, mug, notebook / keyboard",
        "floor lamp, ball, side table, potted plant / sofa",
        "teapot, spoon / teacup",
        "speaker / television",
        "microphone stand / drum",
        "nightstand / bed",
        "trash can / desk, sink",
    ),
    "right of": (
        "knife, spoon, mug, teacup, wine glass / plate",
        "mug, desk lamp, book, phone / laptop, monitor",
        "mouse, mug, notebook / keyboard",
        "floor lamp, ball, side table, potted plant / sofa",
        "teapot, spoon / teacup",
        "speaker / television",
        "microphone stand / drum",
        "nightstand / bed",
        "trash can / desk, sink",
    ),
    "in front of": (
        "keyboard, mug, notebook / monitor",
        "ball, coffee table / sofa",
        "chair, box / bookshelf",
        "teacup / teapot",
        "bowl, salt shaker / bottle",
        "rug / sofa, bathtub",
        "scooter, doormat / wardrobe",
        "toy car, toy train / toy block",
        "bench, stool, music stand / piano",
        "bath mat, bathroom scale / bathtub, sink",
        "dollhouse / bed",
        "synthesizer / speaker",
        "toy boat / rubber duck",
    ),
    "behind": (
        "floor lamp, box, potted plant / sofa",
        "vase, desk lamp / laptop",
        "bottle / plate, bowl",
        "teapot / teacup",
        "chair, box / desk",
        "surfboard, rake / bench",
        "garden gnome / flower pot",
    ),
    "beside": (
        "mouse / keyboard",
        "floor lamp / bed, sofa",
        "suitcase / bed, chair",
        "mug / laptop",
        "stool / table",
        "nightstand / bed",
        "trash can / desk",
        "speaker / television",
        "toilet brush / toilet",
        "pumpkin, garden gnome / bench",
        "wheelbarrow / flower pot",
        "dumbbell, kettlebell / bench",
        "yoga mat / dumbbell, kettlebell",
        "bicycle, lantern, birdhouse / bench",
        "hamper / bed",
        "bowling pin / bowling ball",
        "triangle, maraca, hand bell / drum",
    ),
    "inside": (
        "apple, orange / bowl, pot, bucket, salad bowl",
        "peach, lemon, lime, onion, tomato, egg / bowl",
        "spoon, fork / mug, bowl, pot",
        "pencil, pen / mug",
        "ball, book, candle, shoebox, toy car, teddy bear / box",
        "ball, sponge / bucket",
        "baseball, tennis ball, puzzle cube, doll / crate",
        "ball, teddy bear / laundry basket, hamper",
        "rubber duck / bathtub",
        "pumpkin, log, brick / wheelbarrow",
        "cookie, coin, die / jar",
        "newspaper, banana, soda can / trash can",
        "egg, tomato / saucepan",
        "apple, tomato, lemon / colander",
        "bowling ball, rugby ball, frisbee, yo-yo, dustpan / crate",
        "toy boat, sponge / bathtub",
        "beach ball / wheelbarrow",
        "plastic brick, ping pong ball / jar",
    ),
    "leaning against": (
        "broom, ladder, shovel, mop, spade, rake / bookshelf, table",
        "umbrella, guitar, cane / chair, bookshelf",
        "guitar / sofa",
        "guitar, ukulele / bed",
        "ukulele / chair, sofa",
        "plank / table",
        "broom, mop / wardrobe, sink",
        "baseball bat, hockey stick, tennis racket, golf club / bench",
        "surfboard, snowboard / wardrobe",
        "stepladder, ladder / cabinet",
        "cello / chair",
        "crutch / bed",
        "shovel, rake / wheelbarrow",
        "cricket bat, skateboard / bench",
    ),
}


def _rows() -> Iterator[Context]:
    for predicate, rows in _TABLE.items():
        for row in rows:
            targets, bases = (part.split(", ") for part in row.split(" / "))
            for target in targets:
                for base in bases:
                    yield Context(target.strip(), predicate, base.strip())


_ADDED: list[Context] = []


@cache
def catalog_contexts() -> tuple[Context, ...]:
    """The contexts of the catalog as it is shipped, in a fixed order."""
    return tuple(_rows())


def contexts() -> tuple[Context, ...]:
    """All contexts, in a fixed order: the catalog's, then those that users added."""
    return (*catalog_contexts(), *_ADDED)


def add(new: Context) -> None:
    """Add a context. ValueError when it is there already, or its relation is unknown."""
    if new in contexts():
        raise ValueError(f'the context "{new}" is in the catalog already; leave it out')
    if new.predicate not in _TABLE:
        raise ValueError(f'there is no relation "{new.predicate}"; choose one of {", ".join(_TABLE)}')
    _ADDED.append(new)


def predicates() -> tuple[str, ...]:
    """The names of all relations, in order."""
    return tuple(_TABLE)
