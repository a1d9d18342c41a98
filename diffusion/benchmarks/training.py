"""The race: recipes learn the same contexts from the same batches, and are judged by the same draws.

"paper" is GenPose's recipe as published; "tuned" the same network and noise with normalised log-scales, a cosine learning rate
and the better of a few rates and noise ranges; "preconditioned" the same network under EDM's preconditioning; "ours" what this
toolkit trains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from diffusion.anchors import Choice
from diffusion.benchmarks.arena import PROMPTS, ROWS, Arena, Drawn, Sampler, descend
from diffusion.benchmarks.genpose import PreconditionedScoreNet, sample_scores
from diffusion.checkpoint import Checkpoint
from diffusion.coordinates import Normaliser
from diffusion.denoiser import Denoiser
from diffusion.generation import DEFAULT
from diffusion.network import Conditioning, NetworkConfig
from diffusion.paper import LEVELS, PaperDenoiser, ScoreNet
from diffusion.relation_training import RelationConfig, Steps
from diffusion.sampling import Denoise, Solver, sample_heun
from diffusion.schedule import NoiseConfig, sampling_sigmas, training_sigmas
from diffusion.training import initialise
from oor.relation import WIDTH

WHOLE = NoiseConfig(sigma_min=0.003, sigma_max=40.0)  # for data that are not whitened
TRIALS = ((1e-3, 50.0), (1e-3, 10.0), (3e-4, 10.0))  # learning rates and largest noise levels that "tuned" chooses from
LR = 1e-3
HEUN = 18  # steps over WHOLE; EDM's number for small images


@dataclass(frozen=True)
class Trained:
    """What became of a recipe on an arena: how to sample it, and the CPU seconds that training took."""

    arena: Arena
    sampler: Sampler
    seconds: float

    @cached_property
    def figures(self) -> dict[str, float]:
        """What it is judged under sentences of its training."""
        return self.arena.judge(self.sampler, self.arena.texts)


def paper(arena: Arena, steps: int, tolerance: float = 1e-5) -> tuple[Trained, PaperDenoiser]:
    """GenPose as published, on linear vectors, with the paper's guidance to positive scales."""
    return scores(arena, steps, LR, LEVELS.sigma_max, Normaliser.plain(), tolerance)


def tuned(arena: Arena, steps: int, trial_steps: int) -> tuple[Trained, PaperDenoiser]:
    """The same network, with all that can be had without another parametrisation. Trials count towards nothing."""
    trials = [(scores(arena, trial_steps, lr, high, arena.boxes)[0].figures["energy"], lr, high) for lr, high in TRIALS]
    _, lr, high = min(trials)
    return scores(arena, steps, lr, high, arena.boxes)


def scores(
    arena: Arena, steps: int, lr: float, sigma_max: float, normaliser: Normaliser, tolerance: float = 1e-3
) -> tuple[Trained, PaperDenoiser]:
    """GenPose's network under noise that explodes to sigma_max; at a constant rate and guided where scales are linear."""
    levels = replace(LEVELS, sigma_max=sigma_max)
    denoiser = PaperDenoiser(NetworkConfig(text_width=arena.table.text.states.shape[-1]), levels)
    initialise(denoiser, 0)
    plain = normaliser.scales == "linear"

    def loss(generator: torch.Generator) -> Tensor:
        vectors, text = arena.batch(generator)
        x = normaliser.normalise(vectors)
        sigma = training_sigmas((*x.shape[:2], 1), levels, generator)
        return denoiser.loss(x, torch.randn(x.shape, generator=generator, device=x.device), sigma, denoiser.context(text))

    def sample(texts: Conditioning, count: int) -> Drawn:
        condition = each_row(denoiser.net, texts, count)
        x, calls = sample_scores(denoiser, condition, gaussian(len(condition)), tolerance=tolerance, positive=plain, dense=False)
        return Drawn(normaliser.denormalise(x.double()).unflatten(0, (-1, count)), calls)

    seconds = sum(descend(denoiser, loss, steps, lr, cosine=not plain))
    return Trained(arena, sample, seconds), denoiser


def preconditioned(arena: Arena, steps: int, normaliser: Normaliser) -> Trained:
    """GenPose's network, batches and steps under EDM's preconditioning."""
    net = PreconditionedScoreNet(arena.table.text.states.shape[-1])
    initialise(net, 0)

    def loss(generator: torch.Generator) -> Tensor:
        vectors, text = arena.batch(generator)
        return net.loss(normaliser.normalise(vectors).flatten(0, 1), each_row(net.body, text, ROWS), WHOLE, generator)

    @torch.inference_mode()
    def sample(texts: Conditioning, count: int) -> Drawn:
        condition = each_row(net.body, texts, count)
        sigmas = sampling_sigmas(HEUN, WHOLE)
        start = gaussian(len(condition)) * sigmas[0].float()
        x = sample_heun(lambda x, sigma: net(x, sigma.expand(len(x), 1), condition), start, sigmas)
        return Drawn(normaliser.denormalise(x.double()).unflatten(0, (-1, count)), calls(Solver("heun", HEUN)))

    seconds = sum(descend(net, loss, steps, LR, cosine=True))
    return Trained(arena, sample, seconds)


def untaught(arena: Arena) -> Denoiser:
    """The toolkit's network as training finds it."""
    denoiser = Denoiser(NetworkConfig(text_width=arena.table.text.states.shape[-1]))
    initialise(denoiser, 0)
    return denoiser


def ours(arena: Arena, steps: int, denoiser: Denoiser | None = None, **changes: object) -> tuple[Trained, Checkpoint]:
    """What `python -m oor.train` does, on the arena's contexts; a tenth of the steps for anchors, four tenths for moments.

    denoiser: what is trained instead of `untaught`; a part of it that is frozen stays as it is. changes: of RelationConfig.
    """
    config = replace(RelationConfig(batch_prompts=PROMPTS, batch_draws=ROWS), **changes)  # type: ignore[arg-type]
    denoiser = untaught(arena) if denoiser is None else denoiser
    part = Steps(denoiser, arena.table, arena.normaliser(config.translation, config.scales), config)
    seconds = 0.0
    for net, loss, share in (
        (denoiser.anchor_net, part.anchors, 0.1),
        (denoiser.moment_net, part.moments, 0.4),
        (denoiser, part.denoising, 1.0),
    ):
        if any(weight.requires_grad for weight in net.parameters()):
            seconds += sum(descend(net, loss, max(1, int(share * steps)), LR, cosine=True))
        if net is not denoiser:
            net.requires_grad_(False)
    checkpoint = Checkpoint(denoiser.eval(), part.normaliser, config.noise, "embedded", {})
    return Trained(arena, sampler(checkpoint), seconds), checkpoint


def sampler(checkpoint: Checkpoint, solver: Solver = DEFAULT) -> Sampler:
    """Samples of a checkpoint by a solver."""

    @torch.inference_mode()
    def sample(texts: Conditioning, count: int) -> Drawn:
        return Drawn(sampled(checkpoint, texts, count, solver), calls(solver))

    return sample


def calls(solver: Solver) -> int:
    """How often a solver asks the denoiser (RK45: unknown beforehand, 0)."""
    return {"heun": 2 * solver.steps - 1, "rk45": 0}.get(str(solver.sampler), solver.steps)


def sampled(checkpoint: Checkpoint, text: Conditioning, count: int, solver: Solver, dtype: torch.dtype | None = None) -> Tensor:
    """(p, count, 15) relation vectors under p texts, without the reading of the texts. dtype: of the network's arithmetic."""
    choice = checkpoint.denoiser.anchors(text)
    context = checkpoint.denoiser.context(text, choice)
    return solved(checkpoint, checkpoint.denoiser.under(context, dtype), context, choice, count, solver)


def solved(checkpoint: Checkpoint, denoise: Denoise, context: Tensor, choice: Choice, count: int, solver: Solver) -> Tensor:
    """(p, count, 15) relation vectors from noise, by any denoiser of the space that p contexts and their anchors span."""
    noise = gaussian(len(context) * count * solver.draws).view(len(context), count, -1)
    z = checkpoint.denoiser.colour(solver(denoise, noise.to(context), checkpoint.noise), context)
    return checkpoint.normaliser.denormalise(z.double(), choice.anchors())


def learned(run: Callable[[int], Trained], first: int, most: int) -> dict[int, Trained]:
    """What runs of `first` steps, twice as many and so on, and of `most` come to, by their steps."""
    steps = [most]
    while first < most:
        steps.insert(-1, first)
        first *= 2
    return {n: run(n) for n in steps}


def seconds_to(energy: float, runs: Mapping[int, Trained]) -> float | None:
    """CPU seconds of the shortest of some runs that comes to at most that energy distance; None if none does."""
    return next((run.seconds for _, run in sorted(runs.items()) if run.figures["energy"] <= energy), None)


def each_row(net: ScoreNet, text: Conditioning, rows: int) -> Tensor:
    """(p * rows, 1024) conditions."""
    return net.condition(text).repeat_interleave(rows, dim=0)


def gaussian(count: int) -> Tensor:
    """(count, 15), always the same."""
    return torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(0))
