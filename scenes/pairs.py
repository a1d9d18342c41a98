"""Two objects: sampled relation vectors become layouts of assets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.coordinates import reach
from oor.layout import Layout, ObjectIdentity, layout_from_relation
from oor.relation import Relation, fit_instance, gauge, unpack
from scenes.assets import Asset


def on_instances(relation: Relation, target: Asset, base: Asset) -> Relation:
    """The relation carried over to meshes with proportions of their own.

    Their scales keep the sampled size but take the mesh's proportions (paper, Eq. 16), for assets that came from a file. The
    translation keeps its contact coordinates t / reach, so that what touched still touches.
    """
    scale_target, scale_base = relation.scale_target, relation.scale_base
    if target.file is not None:
        scale_target = fit_instance(scale_target, torch.tensor(target.extents))
    if base.file is not None:
        scale_base = fit_instance(scale_base, torch.tensor(base.extents))
    before = reach(relation.R_base_target, relation.scale_target, relation.scale_base)
    after = reach(relation.R_base_target, scale_target, scale_base)
    return gauge(Relation(relation.R_base_target, relation.t_base_target * after / before, scale_target, scale_base))


def object_ids(target: str, base: str) -> tuple[str, str]:
    """Ids that name nodes and files: "pizza cutter" is pizza_cutter; twins are book and book_2."""
    ids = target.replace(" ", "_"), base.replace(" ", "_")
    return (ids[0], f"{ids[1]}_2") if ids[0] == ids[1] else ids


def layouts(vectors: Tensor, target: Asset, base: Asset, *, predicate: str, prompt: str) -> tuple[Layout, ...]:
    """One layout per relation vector (n, 15), base on the ground."""
    relation = on_instances(unpack(vectors), target, base)
    who = [
        ObjectIdentity(name, asset.category, None if asset.file is None else str(asset.file), asset.hash)
        for name, asset in zip(object_ids(target.category, base.category), (target, base), strict=True)
    ]
    fields: Sequence[Tensor] = (relation.R_base_target, relation.t_base_target, relation.scale_target, relation.scale_base)
    return tuple(
        layout_from_relation(
            Relation(*(part[i] for part in fields)), target=who[0], base=who[1], predicate=predicate, prompt=prompt
        )
        for i in range(len(vectors))
    )
