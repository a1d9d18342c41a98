"""From a checkpoint and texts to relation vectors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.sampling import initial_noise, sample_heun
from diffusion.schedule import sampling_sigmas
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.relation import WIDTH

BLOCK = 64  # rows per network call, always: a row's last bits must not depend on how many others were asked for


@torch.inference_mode()
def sample_relations(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    condition: Condition,
    num_samples: int,
    *,
    seed: int = 0,
    steps: int = 18,
) -> Tensor:
    """(num_samples, 15) float64 relation vectors under one condition.

    Sample i depends on the seed and on i alone, whatever num_samples is, and memory does not grow beyond one block.
    """
    text = conditioning(encoder, [condition])
    choice = checkpoint.denoiser.anchors(text)
    context = checkpoint.denoiser.context(text, choice)
    done = []
    for start in range(0, num_samples, BLOCK):
        noise = initial_noise(seed, range(start, start + BLOCK), WIDTH)
        done.append(_solve(checkpoint, noise[None], context, steps)[0, : num_samples - start])
    return checkpoint.normaliser.denormalise(torch.cat(done).double(), choice.anchors().rows(0))


@torch.inference_mode()
def sample_many(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    conditions: Sequence[Condition],
    num_samples: int,
    *,
    seed: int = 0,
    steps: int = 18,
    hide: int | None = None,
    shapes: bool = True,
) -> Tensor:
    """(p, num_samples, 15) float64 relation vectors under p conditions at once: for measuring, not for reproducing bytes.

    hide: a segment of the text (diffusion/network.py) that the model must do without. shapes: whether it is told the shapes.
    """
    text = conditioning(encoder, conditions)
    if hide is not None:
        text = text.without(hide, torch.ones(len(conditions), dtype=torch.bool))
    if not shapes:
        text = text.shaped(torch.zeros_like(text.shapes))
    choice = checkpoint.denoiser.anchors(text)
    context = checkpoint.denoiser.context(text, choice)
    count = len(conditions) * num_samples
    noise = initial_noise(seed, range(count), WIDTH).view(len(conditions), num_samples, WIDTH)
    x = torch.cat([_solve(checkpoint, n, c, steps) for n, c in zip(noise.split(16), context.split(16), strict=True)])
    return checkpoint.normaliser.denormalise(x.double(), choice.anchors())


def _solve(checkpoint: Checkpoint, noise: Tensor, context: Tensor, steps: int) -> Tensor:
    sigmas = sampling_sigmas(steps, checkpoint.noise)

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        clean: Tensor = checkpoint.denoiser(x, sigma.view(1, 1, 1), context)
        return clean

    return checkpoint.denoiser.colour(sample_heun(denoise, noise * sigmas[0].float(), sigmas), context)
