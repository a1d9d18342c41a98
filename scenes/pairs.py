"""Two objects: sampled relation vectors become layouts of assets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.coordinates import reach
from oor.layout import Layout, ObjectIdentity, layout_from_relation
from oor.relation import Relation, fit_instance, gauge
from scenes.assets import Asset

LEVEL = 0.15  # bottoms within this share of the lower object's height stand on the same ground


def on_instances(relation: Relation, target: Asset, base: Asset) -> Relation:
    """The relation carried over to meshes with proportions of their own.

    Their scales keep the sampled size but take the mesh's proportions (paper, Eq. 16), for assets that came from a file.
    """
    scale_target, scale_base = relation.scale_target, relation.scale_base
    if target.file is not None:
        scale_target = fit_instance(scale_target, torch.tensor(target.extents))
    if base.file is not None:
        scale_base = fit_instance(scale_base, torch.tensor(base.extents))
    return resized(relation, scale_target, scale_base)


def resized(relation: Relation, scale_target: Tensor, scale_base: Tensor) -> Relation:
    """The relation for boxes of other edges: what touched still touches, what stood on one ground still does.

    Translations keep their contact coordinates t / reach, except the height of a target whose bottom is level with the base's.
    """
    before = reach(relation.R_base_target, relation.scale_target, relation.scale_base)
    after = reach(relation.R_base_target, scale_target, scale_base)
    t = relation.t_base_target * after / before
    bottoms = relation.t_base_target[..., 1] - before[..., 1] + relation.scale_base[..., 1]  # of the target above the base's
    height_base, height_target = relation.scale_base[..., 1], 2 * before[..., 1] - relation.scale_base[..., 1]
    level = bottoms.abs() < LEVEL * torch.minimum(height_base, height_target)
    standing = after[..., 1] - scale_base[..., 1] + bottoms * after[..., 1] / before[..., 1]
    height = torch.where(level, standing, t[..., 1])
    t = torch.stack([t[..., 0], height, t[..., 2]], dim=-1)
    return gauge(Relation(relation.R_base_target, t, scale_target, scale_base))


def object_ids(target: str, base: str) -> tuple[str, str]:
    """Ids that name nodes and files: "pizza cutter" is pizza_cutter; twins are book and book_2."""
    ids = target.replace(" ", "_"), base.replace(" ", "_")
    return (ids[0], f"{ids[1]}_2") if ids[0] == ids[1] else ids


def layouts(
    relation: Relation,
    target: Asset,
    base: Asset,
    *,
    predicate: str,
    prompt: str,
    likely: Sequence[float] | None = None,
) -> tuple[Layout, ...]:
    """One layout per relation of a batch (n,), base on the ground; `likely` holds each one's log-likelihood."""
    relation = on_instances(relation, target, base)
    who = [
        ObjectIdentity(name, asset.category, None if asset.file is None else str(asset.file), asset.hash)
        for name, asset in zip(object_ids(target.category, base.category), (target, base), strict=True)
    ]
    fields: Sequence[Tensor] = (relation.R_base_target, relation.t_base_target, relation.scale_target, relation.scale_base)
    return tuple(
        layout_from_relation(
            Relation(*(part[i] for part in fields)),
            target=who[0],
            base=who[1],
            predicate=predicate,
            prompt=prompt,
            log_likelihood=None if likely is None else likely[i],
        )
        for i in range(len(relation.t_base_target))
    )
