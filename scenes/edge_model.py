"""All edges of a scene graph under the relation model at once: a batch of conditions, denoised together."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.relation import WIDTH, Relation, pack, unpack


class EdgeModel:
    """Denoises samples z (e, k, 15) of e conditions, and translates between them and relations (e, k)."""

    def __init__(self, checkpoint: Checkpoint, encoder: TextEncoder, conditions: Sequence[Condition]) -> None:
        with torch.no_grad():
            text = conditioning(encoder, conditions).to(checkpoint.denoiser.device)
            choice = checkpoint.denoiser.anchors(text)
            self._context = checkpoint.denoiser.context(text, choice)
        self._anchors = choice.anchors()
        self._checkpoint = checkpoint
        self.denoise = checkpoint.denoiser.under(self._context)

    @property
    def like(self) -> Tensor:
        """A tensor of the network's kind and on its device."""
        return self._context

    def relation(self, z: Tensor) -> Relation:
        """The relations that samples stand for, in float64. Differentiable."""
        x = self._checkpoint.denoiser.colour(z, self._context).double()
        return unpack(self._checkpoint.normaliser.denormalise(x, self._anchors), validate=False)

    def coordinates(self, relation: Relation) -> Tensor:
        """The samples z (e, k, 15), float64, that stand for relations. Differentiable."""
        x = self._checkpoint.normaliser.normalise(pack(relation), self._anchors)
        return self._checkpoint.denoiser.whiten(x, self._context)

    def slopes(self, z: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """The clean guess (e, k, 15) and its derivatives (e, k, 15, 15) by z."""
        with torch.enable_grad():
            copies = z.detach().repeat_interleave(WIDTH, dim=1).requires_grad_()
            return each_number(self.denoise(copies, sigma), copies)


def each_number(answers: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Values (e, k, 15) and derivatives (e, k, 15, d) of a function of rows, from its answers to 15 copies of every row.

    answers: (e, 15 k, 15), inputs: (e, 15 k, d), equal rows next to each other. Rows are treated apart, so that one way back
    through the function gives the derivatives of the first number by the first copy, of the second by the second, and so on.
    """
    own = answers.unflatten(1, (-1, WIDTH))
    (slopes,) = torch.autograd.grad(own.diagonal(dim1=-2, dim2=-1).sum(), inputs)
    return own[:, :, 0].detach(), slopes.unflatten(1, (-1, WIDTH))
