"""How well layouts and sentences go together: the log-likelihood of every layout under every sentence."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.likelihood import log_likelihood
from diffusion.text_encoder import Condition, TextEncoder
from oor.layout import Layout, relation_of
from oor.query import RelationQuery
from oor.relation import pack

LEAST = -1e6  # nats; an object a mile away is not told from one ten miles away


def log_likelihoods(
    checkpoint: Checkpoint, encoder: TextEncoder, layouts: Sequence[Layout], queries: Sequence[RelationQuery], *, steps: int
) -> Tensor:
    """(layouts, queries) nats. A query is about the two objects of a layout that have its categories, wherever they are now.

    Raises ValueError where a layout has not exactly one of each.
    """
    columns = []
    for query in queries:
        vectors = torch.stack([pack(relation_of(layout, *_ids(layout, query, i))) for i, layout in enumerate(layouts)])
        condition = Condition(query.prompt, query.target, query.base, query.predicate)
        columns.append(log_likelihood(checkpoint, encoder, [condition], vectors, steps=steps)[0])
    return torch.stack(columns, dim=1).nan_to_num(LEAST).clamp_min(LEAST)


def _ids(layout: Layout, query: RelationQuery, number: int) -> tuple[str, str]:
    """Ids of the target and the base that a query is about; a relation says which of twins is which, or else their order."""
    twins = query.target == query.base
    ids = []
    for role, category in enumerate((query.target, query.base)):
        found = [item.id for item in layout.objects if item.category == category]
        if len(found) != 1 + twins:
            have = ", ".join(item.category for item in layout.objects)
            raise ValueError(f"sample {number} holds {have}, so it says nothing about {query.prompt!r}; ask about what is in it")
        ids.append(found[role if twins else 0])
    said = [(relation.target, relation.base) for relation in layout.relations if {relation.target, relation.base} == set(ids)]
    return said[0] if twins and said else (ids[0], ids[1])
