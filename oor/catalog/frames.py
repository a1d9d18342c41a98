"""Functional frames: the names that templates and relations agree on, and which of them a relation needs."""

from __future__ import annotations

from collections.abc import Mapping

from oor.catalog.category import Category

FRAMES: Mapping[str, str] = {  # name -> what its point and axis are; checkpoints count on the order
    "spout": "where it pours, outflow",
    "opening": "middle of the rim, up; half: inner half widths",
    "floor": "middle of the inside's bottom, up; half: half widths there",
    "handle": "where it is held, outward",
    "edge": "middle of the cutting edge, cutting direction; half: half its length along x",
    "axle": "middle of a wheel, along its axle",
    "outlet": "the hole things come out of, outflow",
    "tip": "the working end, outward",
    "face": "middle of the striking face, outward; half: its radius",
    "head": "flat head of a nail, screw or bolt, outward; half: its radius",
    "surface": "middle of the surface that supports things, up; half: half widths",
    "clearance": "middle of the underside; half: half widths of the free room below",
    "light": "the bulb, direction of the light",
    "top": "highest point, up",
    "centre": "middle of the body",
    "bowl": "inside of a spoon's bowl, toward the tip",
    "screen": "middle of the screen or picture, outward",
    "back": "middle of the backrest, outward",
    "pad": "flat working face, outward; half: half widths",
    "flat": "broad side of a thin blade, outward; half: half widths",
    "fit": "underside opening of a lid or hat, outward (down); half: inner radius",
    "crown": "top of a figure's head, up; half: radius of the head",
    "seat": "middle of the seat, up; half: half widths",
    "jaw": "between the jaws of a gripping tool, the way the mouth opens",
    "hang": "the point it hangs by, up",
    "peg": "where things hang on a rack or hook, outward; half: (length, 0)",
    "mount": "top of a stand, up; half: radius",
    "foot": "lower end of what is stood or mounted, down",
    "nose": "what points at something, pointing direction",
    "prongs": "end of a plug, insertion direction",
    "socket": "hole for a plug or needle, outward",
    "keyhole": "hole for a key, outward",
    "lens": "middle of a lens, along its axis; half: radius",
    "strings": "where strings are bowed, outward; half: (half width across, 0)",
    "hair": "middle of a bow's hair, toward the strings; half: half its length along x",
    "wick": "end of a wick, up",
}

# relation -> frames of the target, frames of the base; "tip or pad" where either will do
ROLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pours into": (("spout",), ("opening",)),
    "waters": (("spout",), ("opening",)),
    "cuts": (("edge", "handle"), ()),
    "chops on": (("edge",), ("surface",)),
    "slices": (("edge", "axle", "handle"), ("surface",)),
    "sprinkles into": (("outlet",), ("opening",)),
    "stirs": (("tip", "handle"), ("opening", "floor")),
    "hits": (("face",), ("head",)),
    "drives": (("tip",), ("head",)),
    "saws": (("edge", "handle"), ()),
    "writes on": (("tip",), ("surface",)),
    "sits at": ((), ("clearance",)),
    "shines on": (("light",), ()),
    "scoops from": (("tip or pad", "handle"), ("opening", "floor")),
    "whisks in": (("tip or pad", "handle"), ("opening", "floor")),
    "dips into": (("tip or pad", "handle"), ("opening", "floor")),
    "sprinkles on": (("outlet",), ("opening or surface or top",)),
    "grates onto": (("outlet",), ("opening or surface or top",)),
    "squeezes onto": (("outlet",), ("opening or surface or top",)),
    "spreads on": (("edge", "flat", "handle"), ("opening or surface or top",)),
    "rolls out": (("pad",), ("opening or surface or top",)),
    "flips": (("flat", "tip", "handle"), ()),
    "lights": (("tip",), ("wick",)),
    "covers": (("fit",), ("opening",)),
    "drills into": (("tip",), ("surface",)),
    "paints": (("tip",), ("surface",)),
    "sews": (("tip",), ("surface",)),
    "injects into": (("tip",), ("socket or opening",)),
    "unlocks": (("tip",), ("keyhole",)),
    "plugs into": (("prongs",), ("socket",)),
    "tightens": (("jaw",), ("head",)),
    "magnifies": (("lens", "handle"), ("surface",)),
    "staples": (("jaw",), ("surface",)),
    "punches": (("jaw",), ("surface",)),
    "clips": (("jaw",), ("surface",)),
    "snips": (("jaw",), ("surface",)),
    "erases": (("pad",), ("surface",)),
    "grips": (("jaw",), ("head or centre",)),
    "bows": (("hair",), ("strings",)),
    "drums on": (("tip", "handle"), ("surface",)),
    "strikes": (("face", "handle"), ("centre",)),
    "sits on": ((), ("surface",)),
    "rides on": ((), ("surface",)),
    "worn by": (("fit",), ("crown",)),
    "points at": (("nose",), ()),
    "photographs": (("nose",), ()),
    "blows on": (("nose",), ()),
    "sprays": (("nose",), ()),
    "drops into": ((), ("opening",)),
    "irons": (("pad",), ("surface",)),
    "wipes": (("pad",), ("surface",)),
    "mops": (("pad or head", "handle"), ("surface",)),
    "sweeps": (("pad or head", "handle"), ("surface",)),
    "vacuums": (("pad",), ("surface",)),
    "scrubs": (("pad",), ("surface or floor",)),
    "stands in": (("foot or tip",), ("opening", "floor")),
    "mounts on": (("foot",), ("mount",)),
    "hangs on": (("hang",), ("peg",)),
    "nests in": (("opening",), ("opening", "floor")),
    "on": ((), ("surface",)),
    "under": ((), ("clearance",)),
    "inside": ((), ("opening", "floor")),
}


def missing_frames(predicate: str, target: Category, base: Category) -> dict[str, list[str]]:
    """The frames that a relation needs and these categories lack, by role ("target", "base"); only roles that lack some."""
    needed = zip(("target", "base"), (target, base), ROLES.get(predicate, ((), ())), strict=True)
    lacking = {
        role: [name for name in names if not set(name.split(" or ")) & set(category.template.frames)]
        for role, category, names in needed
    }
    return {role: names for role, names in lacking.items() if names}
