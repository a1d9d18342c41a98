"""Nouns: their articles, and which adjectives fit the things they name."""

from __future__ import annotations

import re
from collections.abc import Mapping

Adjectives = Mapping[str, tuple[str, ...]]

_VOWEL = re.compile(r"[aeiou](?!ne\b)|hour|honest|heirloom")
_CONSONANT_ANYWAY = re.compile(r"uni(?!n|m)|us[eu]|utensil|uk|eu|one\b|once")


def _names(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(","))


FOOD = _names(
    "apple, orange, bread, pizza, peach, lemon, lime, grapefruit, onion, tomato, carrot, banana, watermelon, steak, burger, "
    "hot dog, cake, pie, pancake, cookie, tortilla, fried egg, egg, donut, cheese, dough, bread slice, baguette, pumpkin"
)
MASS = _names("bread, cheese, dough, paper, soap, toothpaste, toilet paper")
PAIRS = ("scissors", "shears", "pliers", "tongs", "tweezers", "headphones", "goggles")  # "a pair of": nouns without singular
LIVING = _names("flower pot, potted plant, flower, daisy, cat")
MADE_OF = {
    "soft": _names("pillow, cushion, sofa, loveseat, armchair, bed, teddy bear, toy panda, towel, hand towel, cloth, rug"),
    "wood": _names(
        "table, desk, chair, stool, bench, bookshelf, coffee table, side table, plank, bed, box, crate, bowl, cutting board, "
        "cabinet, wardrobe, nightstand, ladder, toy block"
    ),
    "steel": _names(
        "pot, pan, saucepan, stockpot, wok, kettle, fork, knife, spoon, ladle, bucket, hammer, nail, screw, bolt, nut, "
        "wrench, shovel, tray, grater"
    ),
    "clay": _names("teapot, coffee pot, teacup, espresso cup, mug, plate, saucer, platter, bowl, vase, flower pot, planter"),
}

TRAINING_ADJECTIVES: Adjectives = {
    "any": ("small", "large", "big"),
    "made": ("old", "new", "plain", "red", "blue", "white", "black"),
    "food": ("fresh", "whole"),
    "wood": ("wooden",),
    "steel": ("metal", "steel"),
    "clay": ("ceramic",),
    "soft": ("soft",),
}
HELD_OUT_ADJECTIVES: Adjectives = {
    "any": ("little", "lovely", "nice"),
    "made": ("vintage", "grey", "green", "simple", "elegant"),
    "food": ("tasty", "delicious"),
    "wood": ("oak", "walnut"),
    "steel": ("stainless steel",),
    "clay": ("porcelain", "stoneware"),
    "soft": ("cosy",),
}
MODIFIERS = frozenset({"potted", "closed", "electric", "glass", "red", "green", "wooden", "colored", "open", "lead", "lit"})
UNSPOKEN = _names("cup of tea, shaker, pepper pot, luggage, mustard, ketchup, shampoo, glue")  # understood, odd to say


def indefinite(noun: str) -> str:
    """The noun phrase with "a" or "an", by the sound it starts with: an apple, a used mug, an hour."""
    vowel = _VOWEL.match(noun.lower()) and not _CONSONANT_ANYWAY.match(noun.lower())
    return f"{'an' if vowel else 'a'} {noun}"


def fitting(name: str, adjectives: Adjectives) -> tuple[str, ...]:
    """The adjectives that suit a category."""
    kinds = ["food"] if name in FOOD else ["any"] if name in LIVING else ["any", "made"]
    kinds += [kind for kind, names in MADE_OF.items() if name in names]
    return tuple(dict.fromkeys(word for kind in kinds for word in adjectives[kind]))
