"""From a checkpoint and texts to relation vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice

import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.coordinates import Anchors, Normaliser
from diffusion.guidance import Known, guided, met
from diffusion.sampling import Solver, initial_noise
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.relation import WIDTH, T

BLOCK = 64  # rows per network call of a stream, always: a row's last bits must not depend on how many others were asked for
ROWS = 4096  # rows per network call where that does not matter
DEFAULT = Solver()
Accept = Callable[[Tensor], Tensor]  # vectors (n, 15) -> whether each is good enough, (n,) bool


def sample_relations(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    condition: Condition,
    num_samples: int,
    *,
    seed: int = 0,
    solver: Solver = DEFAULT,
    known: Known | None = None,
) -> Tensor:
    """(num_samples, 15) float64 relation vectors under one condition, some of whose numbers may be known.

    Sample i depends on the seed and on i alone, whatever num_samples is, and memory does not grow beyond one block.
    """
    blocks = relation_blocks(checkpoint, encoder, condition, seed=seed, solver=solver, known=known)
    return torch.cat(list(islice(blocks, -(-num_samples // BLOCK))))[:num_samples]


def accepted_relations(blocks: Iterator[Tensor], accept: Accept, num_samples: int, tries: int) -> tuple[Tensor, int, int]:
    """The first num_samples relations that are accepted, among at most about `tries`; how many were accepted, of how many.

    Where fewer are accepted, the first of the others make up the number, after them.
    """
    good: list[Tensor] = []
    others: list[Tensor] = []
    tried = found = 0
    for block in blocks:
        passed = accept(block)
        good.append(block[passed])
        others.append(block[~passed])
        if found + len(good[-1]) >= num_samples:
            last = int(passed.nonzero()[num_samples - found - 1])
            return torch.cat(good)[:num_samples], num_samples, tried + last + 1
        tried, found = tried + len(block), found + len(good[-1])
        if tried >= tries:
            return torch.cat(good + others)[:num_samples], found, tried
    raise AssertionError("blocks never end")


def relation_blocks(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    condition: Condition,
    *,
    seed: int = 0,
    solver: Solver = DEFAULT,
    known: Known | None = None,
) -> Iterator[Tensor]:
    """Relation vectors (BLOCK, 15) of one condition without end, always the same for a seed."""
    with torch.no_grad():
        text = conditioning(encoder, [condition]).to(checkpoint.denoiser.device)
        choice = checkpoint.denoiser.anchors(text)
        context = checkpoint.denoiser.context(text, choice)
    anchors = choice.anchors()

    def vectors(z: Tensor) -> Tensor:
        return checkpoint.normaliser.denormalise(checkpoint.denoiser.colour(z, context).double(), anchors)

    denoise = checkpoint.denoiser.under(context)
    if known is not None:
        denoise = guided(denoise, lambda z: known.seen(vectors(z)).to(z), known.wanted.to(context))
    for start in count(0, BLOCK):
        noise = initial_noise(seed, range(start, start + BLOCK), WIDTH * solver.draws)
        with torch.no_grad():
            z = solver(denoise, noise[None].to(context.device), checkpoint.noise)
            block = vectors(z)
            if known is not None:
                block = _exactly(known, block, checkpoint.normaliser, anchors)
        yield block[0].cpu()


def _exactly(known: Known, vectors: Tensor, normaliser: Normaliser, anchors: Anchors) -> Tensor:
    """Relation vectors (1, n, 15) that nearly have the known numbers, moved to where they do: turned, resized, then placed.

    What is turned or resized stays where its anchor is.
    """
    fitting = met(known, vectors[0])[None]
    x = normaliser.normalise(fitting, anchors)
    x[..., T] = normaliser.normalise(vectors, anchors)[..., T]
    placed = normaliser.denormalise(x, anchors)
    for i, value in known.places.items():
        if i in range(WIDTH)[T]:
            placed[..., i] = value
    placed[..., T.stop :] = fitting[..., T.stop :]
    return placed


@torch.inference_mode()
def sample_many(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    conditions: Sequence[Condition],
    num_samples: int,
    *,
    seed: int = 0,
    solver: Solver = DEFAULT,
    dtype: torch.dtype | None = None,
    hide: int | None = None,
    shapes: bool = True,
) -> Tensor:
    """(p, num_samples, 15) float64 relation vectors under p conditions at once: for a million, not for reproducing bytes.

    dtype: of the network's arithmetic (none: that of its weights); bfloat16 is as good, and faster on processors with
    it. hide: a segment of the text (diffusion/network.py) that the model must do without. shapes: whether it is told the
    shapes. Beyond the answer, memory does not grow with num_samples.
    """
    text = conditioning(encoder, conditions).to(checkpoint.denoiser.device)
    if hide is not None:
        text = text.without(hide, torch.ones_like(text.mask[:, 0]))
    if not shapes:
        text = text.shaped(torch.zeros_like(text.shapes))
    choice = checkpoint.denoiser.anchors(text)
    context, anchors = checkpoint.denoiser.context(text, choice), choice.anchors()
    generator = torch.Generator(text.mask.device).manual_seed(seed)
    answer = torch.zeros(len(conditions), num_samples, WIDTH, dtype=torch.float64)
    for rows in torch.arange(len(conditions)).split(max(1, ROWS // num_samples)):
        own, points = context[rows], anchors.rows(rows)
        denoise = checkpoint.denoiser.under(own, dtype)
        for part in answer[rows[0] : rows[-1] + 1].split(ROWS, dim=1):
            noise = torch.randn(*part.shape[:2], WIDTH * solver.draws, generator=generator, device=own.device)
            z = solver(denoise, noise, checkpoint.noise)
            part.copy_(checkpoint.normaliser.denormalise(checkpoint.denoiser.colour(z, own).double(), points))
    return answer
