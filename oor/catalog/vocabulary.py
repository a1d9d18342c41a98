"""Vocabulary: the word lists behind the lexicon. Phrases are separated by semicolons."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


DETERMINERS = words("a an the some another my your his our their two three one this these those")
NEGATIONS = words("not no never without nothing doesnt isnt dont arent cannot cant wont didnt wasnt nor")

FUNCTION = words(
    """is are was were be been being am it its itself they them that which who whose while as with of by from and or to
    there here where when then so but if than has have had having gets get getting got does do did can could may
    might will would shall should must up down away off out through for about each both other another one you we
    i he she into onto in on at over above under against near next upside flat upright sideways open closed
    empty full alone together indoors outdoors outside again too also now just only still very quite almost half
    partly not no never without use uses used using make makes made someone somebody something anyone"""
)
GENERAL_VERBS = words(
    """sit sits sitting sat stand stands standing stood lie lies lying lay laid rest rests resting rested place places
    placed placing put puts putting set sets setting positioned located situated seen see sees find found
    imagine show shows showing shown displayed kept keep left leave look looks looking stay stays remain remains
    appear appears hang hangs hanging hold holds holding held support supports supporting supported carry
    carries carrying carried contain contains containing contained lean leans leaning leaned leant prop props
    propped propping tilt tilts tilted tilting stack stacks stacked stacking arranged draw drawn pulled pushed
    tucked moved perched slid slides stored stowed rolls depicts depicting features featuring facing faces
    touching touches side give go goes create generate"""
)
SURROUNDINGS = words(
    """water tea coffee wine milk liquid drink juice salt pepper food herbs vegetables soup contents words notes text
    letters light lights soil sugar kitchen room floor ground wall office garden scene photo photograph picture
    image painting drawing render rendering view shot closeup close background foreground camera man woman
    person people hand hands side sides edge middle center centre top bottom surface front back rear left right
    corner end interior space angle distance pair set stack pile couple piece pieces slice way day morning house
    home living dining bedroom garage workshop studio indoors air seat height model object objects thing things
    3d relation layout blob shavings shreds seasoning spice grains dust grime dirt load share portion batter cream jam butter
    flame wick wrinkles creases spills pictures snapshot portrait melody tune rhythm beat hole holes ink"""
)
PARTS = words(
    """edge surface middle center centre corner top end seat side bottom inside rim tip head body blade handle spout lid
    leg legs mouth"""
)
NOT_TYPOS = words("brass tablet brook bead bowel plan shove bottler cradle")

# heads of verb phrases that say nothing by themselves
NOT_ACTIONS = {"used"}
# prepositions, beyond those of the phrases; those of "right of" mirror "left of"
PLACES = {
    "on": "on; upon; atop; on top of; on the top of; on the surface of; on the seat of; on to; ontop of",
    "under": "under; underneath; below; beneath; under neath; at the foot of; underneath of",
    "left of": (
        "left of; to left of; to the left of; on the left of; on left of; at the left of; left side of; on the "
        "left side of; to the left side of; at the left side of; left hand side of; on left side of; on the left "
        "hand side of; to the left hand side of; to the left from"
    ),
    "in front of": "in front of; in the front of; at the front of; before; facing; ahead of; opposite",
    "behind": (
        "behind; in back of; at the back of; to the back of; at the rear of; to the rear of; rear of; on the far "
        "side of"
    ),
    "beside": (
        "beside; besides; next to; near; near to; close to; adjacent to; alongside; along side; by the side of; "
        "at the side of; to the side of; on the side of; nearby"
    ),
    "inside": "in; inside; inside of; within; in the inside of; in the interior of; inside the interior of",
    "leaning against": "against; up against",
    "sits at": "at",
}
# prepositions read only when nothing else helps
WEAK_PLACES = {
    "inside": "into",
    "on": "onto",
    "above": "over; above",
    "beside": "by; with its side to",
}
# adverbs of place that refer to an object without naming it
ABSENT = {
    "on": "on top; on its top; on its surface; on its seat; thereon",
    "under": "underneath; below; beneath; down below; at its foot; under",
    "left of": (
        "to the left; on the left; to its left; on its left; at its left; its left; on its left side; on its left "
        "hand side; on the left side; on the left hand side; to its left side; at left; on left"
    ),
    "in front of": (
        "in front; right in front; directly in front; just in front; out in front; at its front; at the front; to "
        "its front; in the front"
    ),
    "behind": (
        "behind; right behind; directly behind; just behind; at its back; to its rear; at its rear; to the rear; "
        "at the back; behind its back; in the back"
    ),
    "beside": "alongside; at its side; by its side; nearby; to its side; to the side",
    "inside": "inside; within; in its inside; therein",
    "sits at": "tucked in; pushed in",
}
# base first, target after
HOLDERS = {
    "on": "holding up; supporting; supports; carrying; carries; bearing; bears; topped with; topped by",
    "inside": "containing; contains; enclosing; encloses; filled with; full of",
    "on/inside": "holding; holds; hosts; hosting",
    "under": "sheltering; shelters; covers; covering; hiding; hides",
}
# target first, base after
HELD = {
    "on": "supported by; carried by; held up by",
    "inside": "contained by; enclosed by",
    "on/inside": "held by; hosted by",
}
SYMMETRIC = (
    "side by side; next to each other; next to one another; beside each other; beside one another; near each "
    "other"
)
# what only looks like a place
IGNORED = (
    "look at; looking at; looks at; in a picture; in the picture; in this picture; at home; at an angle; by side"
)

# participles that do not end in -ed: "a ball hidden under the desk" is a ball
PARTICIPLES = frozenset({
    "bent", "broken", "built", "caught", "driven", "drawn", "fallen", "flung", "found", "hidden", "hung", "kept", "left",
    "shown", "shut", "sunk", "stuck", "thrown", "worn",
})
