"""Geometric predicates: does a relation hold? Decided from posed meshes and their named frames alone.

Nothing here reads a program's angles or ranges: a tolerance says what a person would still accept, in degrees or in
fractions of the objects' own sizes. Every function returns one boolean per pose. World: y up, the base's front is its
own +z.
"""

from __future__ import annotations

from collections.abc import Callable

from oor.catalog.posed import Posed
from oor.catalog.predicates import cooking, functional, keeping, making, playing, spatial
from oor.catalog.predicates.measures import Bools

PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    **functional.PREDICATES,
    **cooking.PREDICATES,
    **making.PREDICATES,
    **playing.PREDICATES,
    **keeping.PREDICATES,
    **spatial.PREDICATES,
}
