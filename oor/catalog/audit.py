"""The audit: does every predicate accept what its program draws, and nothing else? And how much world is there?

Four shares per context, over n draws: accepted as drawn; rejected with a random rotation; rejected when shifted by one target
length; rejected when drawn by other programs for the same pair. Tests that cannot tell do not count: a relation that implies
another (`IMPLIED`), a ball that is turned, a small thing that is turned or moved within a large vessel.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import roma
import torch

from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts, predicates
from oor.catalog.frames import missing_frames
from oor.catalog.posed import Posed
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import PROGRAMS, draw
from oor.catalog.prompts import captions
from oor.catalog.splits import held_out_categories, held_out_combinations, training_contexts
from oor.catalog.template import Array
from oor.files import write_text
from oor.relation import unpack

Advance = Callable[[int], None]

PROMPTS = 50  # captions per context
SPATIAL = ("on", "under", "left of", "right of", "in front of", "behind", "inside", "leaning against")

# relation -> relations that its draws may hold as well
IMPLIED: Mapping[str, frozenset[str]] = {
    "left of": frozenset({"beside"}),
    "right of": frozenset({"beside"}),
    "beside": frozenset({"left of", "right of"}),
    "behind": frozenset({"shines on"}),  # a lamp that stands behind a book lights it
    "inside": frozenset({"stirs", "whisks in", "stands in", "nests in", "dips into"}),  # a spoon left in a mug
    "stands in": frozenset({"inside"}),
    "nests in": frozenset({"inside"}),
    "on": frozenset({"irons", "wipes", "scrubs", "vacuums", "erases", "stacks on", "mounts on"}),  # an iron set down on its sole
    "stacks on": frozenset({"on"}),
    "covers": frozenset({"on"}),
    "mounts on": frozenset({"on"}),
    "sits on": frozenset({"on"}),
    "rides on": frozenset({"on"}),
    "in front of": frozenset({"faces", "types at", "plays"}),
    "types at": frozenset({"in front of", "plays"}),
    "plays": frozenset({"in front of", "types at"}),
}


_SHARES = ("accepted", "rejected_rotated", "rejected_shifted", "rejected_others")


@dataclass(frozen=True)
class ContextAudit:
    """One row of the table: shares in [0, 1]; nan where a test does not apply."""

    target: str
    predicate: str
    base: str
    accepted: float
    rejected_rotated: float
    rejected_shifted: float
    rejected_others: float


@dataclass(frozen=True)
class ProgramAudit:
    """The mean shares of one relation over its contexts."""

    predicate: str
    contexts: int
    accepted: float
    rejected_rotated: float
    rejected_shifted: float
    rejected_others: float

    @property
    def worst(self) -> float:
        """The smallest of the shares."""
        return float(np.nanmin([self.accepted, self.rejected_rotated, self.rejected_shifted, self.rejected_others]))


def posed(context: Context, vectors: Array) -> tuple[Posed, Posed]:
    """Target and base templates under relation vectors (n, 15), base at the origin."""
    known, relation, n = categories(), unpack(torch.from_numpy(np.asarray(vectors, float))), len(vectors)
    parts = (relation.R_base_target, relation.t_base_target, relation.scale_target)
    target = Posed(known[context.target].template, *(part.numpy() for part in parts))
    base = Posed(known[context.base].template, np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), relation.scale_base.numpy())
    return target, base


def rotated(vectors: Array, rng: np.random.Generator) -> Array:
    """The same relations with the target in a random orientation."""
    quaternions = rng.normal(size=(len(vectors), 4))
    R = roma.unitquat_to_rotmat(torch.from_numpy(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)))
    changed = np.array(vectors)
    changed[:, :6] = R[:, :, :2].mT.reshape(-1, 6).numpy()
    return changed


def shifted(vectors: Array, rng: np.random.Generator) -> Array:
    """The same relations with the target moved by its own length in a random direction."""
    direction = rng.normal(size=(len(vectors), 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    changed = np.array(vectors)
    changed[:, 6:9] += direction * changed[:, 9:12].max(axis=1, keepdims=True)
    return changed


def accepts(context: Context, vectors: Array) -> float:
    """Share of relation vectors (n, 15) that the context's predicate accepts; nan for none."""
    return float(PREDICATES[context.predicate](*posed(context, vectors)).mean()) if len(vectors) else float("nan")


@cache
def rivals(context: Context) -> tuple[Context, ...]:
    """Other relations of the same pair, those of other contexts and the spatial ones, as far as a program can draw them."""
    known = categories()
    target, base = known[context.target], known[context.base]
    named = [c.predicate for c in contexts() if (c.target, c.base) == (context.target, context.base)]
    implied = IMPLIED.get(context.predicate, frozenset())
    found = []
    for name in dict.fromkeys((*named, *SPATIAL)):
        if name == context.predicate or context.predicate in IMPLIED.get(name, ()) or name in implied:
            continue
        low = base.template.extents[1] * base.typical_m < 0.3 * target.typical_m
        if not missing_frames(name, target, base) and not (name == "leaning against" and low):  # nothing to lean on
            found.append(Context(context.target, name, context.base))
    return tuple(found)


def audit_context(context: Context, n: int, rng: np.random.Generator) -> ContextAudit:
    """All four shares of one context."""
    vectors, loose = draw(context, n, rng), _loose(context)
    others = [_drawn(rival, n // 4, rng) for rival in rivals(context)]
    return ContextAudit(
        context.target, context.predicate, context.base,
        accepted=accepts(context, vectors),
        rejected_rotated=float("nan") if _round(context) or loose else 1 - accepts(context, rotated(vectors, rng)),
        rejected_shifted=float("nan") if loose else 1 - accepts(context, shifted(vectors, rng)),
        rejected_others=1 - accepts(context, np.concatenate([np.zeros((0, 15)), *others])),
    )


def _drawn(context: Context, n: int, rng: np.random.Generator) -> Array:
    """Draws of a relation that the pair need not be made for; none if instances hardly ever fit."""
    try:
        return draw(context, n, rng)
    except ValueError:
        return np.zeros((0, 15))


def _loose(context: Context) -> bool:
    """Whether the target is so short, for a cavity so wide, that it is inside any way up, or wherever it falls."""
    target, base = categories()[context.target], categories()[context.base]
    if context.predicate not in ("inside", "drops into"):
        return False
    width = 2 * base.typical_m * base.template.frames["opening"].half.min()
    return target.typical_m < (1.0 if context.predicate == "inside" else 0.5) * width


def _round(context: Context) -> bool:
    """Whether turning the target shows nothing: it is a ball, or nearly one."""
    radii = np.linalg.norm(categories()[context.target].template.mesh.vertices, axis=1)
    return bool(radii.std() < 0.05 * radii.mean())


def audit(n: int, seed: int, advance: Advance = lambda _: None) -> list[ContextAudit]:
    """Every context of the catalog; `advance` hears of each."""
    rows = []
    for i, context in enumerate(contexts()):
        rows.append(audit_context(context, n, np.random.default_rng([seed, i])))
        advance(1)
    return rows


def by_program(rows: Sequence[ContextAudit]) -> list[ProgramAudit]:
    """The rows' means per relation, in the order of the catalog."""
    found = []
    for name in predicates():
        own = [row for row in rows if row.predicate == name]
        shares = np.array([[getattr(row, share) for share in _SHARES] for row in own])
        if len(own):
            known = [column[~np.isnan(column)] for column in shares.T]
            found.append(ProgramAudit(name, len(own), *(float(column.mean()) if len(column) else np.nan for column in known)))
    return found


def means(programs: Sequence[ProgramAudit]) -> dict[str, float]:
    """The shares' means over relations, and how many relations fall short of 99 % accepted or 95 % rejected."""
    shares = {name: np.array([getattr(program, name) for program in programs]) for name in _SHARES}
    found = {name: float(np.nanmean(values)) for name, values in shares.items()}
    return found | {f"short_of_{name}": float((values < (0.99 if name == "accepted" else 0.95)).sum()) for name, values in
                    shares.items()}


def inventory() -> dict[str, int]:
    """How many categories, templates of their own, programs, contexts (by split) and captions there are."""
    known, told = categories(), contexts()
    return {
        "categories": len(known),
        "templates": sum(category.resembles is None for category in known.values()),
        "programs": len(PROGRAMS),
        "functional_programs": len(set(PROGRAMS) - {*SPATIAL, "beside"}),
        "contexts": len(told),
        "training_contexts": len(training_contexts()),
        "held_out_combinations": len(held_out_combinations()),
        "held_out_categories": len(held_out_categories()),
        "prompts": sum(len(captions(context, PROMPTS, 0)) for context in told),
    }


def timing(draws: int, seed: int) -> dict[str, float]:
    """Seconds to build every template anew (all, and the slowest one in ms) and to draw `draws` relations over all contexts."""
    slowest = total = 0.0
    for category in categories().values():
        start = time.perf_counter()
        category.build()
        seconds = time.perf_counter() - start
        slowest, total = max(slowest, seconds), total + seconds
    known = contexts()
    each = -(-draws // len(known))
    for context in known:
        draw(context, 8, np.random.default_rng(seed))  # what is sampled from a template once is not part of a draw
    start = time.perf_counter()
    for i, context in enumerate(known):
        draw(context, each, np.random.default_rng([seed, i]))
    return {"templates_s": total, "slowest_template_ms": 1e3 * slowest, "draws": float(each * len(known)),
            "draws_s": time.perf_counter() - start}


def write_audit(path: Path, rows: Sequence[ContextAudit]) -> None:
    """The per-context table as CSV."""
    text = io.StringIO()
    table = [asdict(row) for row in rows]
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: f"{v:.4f}" if isinstance(v, float) else v for k, v in row.items()} for row in table)
    write_text(path, text.getvalue())
