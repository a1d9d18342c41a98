"""Sampling: how fast beside GenPose's solver, how good by number of calls, of what order, and how exact the likelihood is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from diffusion.benchmarks.genpose import sample_scores
from diffusion.benchmarks.training import calls, each_row, gaussian, sampled, solved
from diffusion.checkpoint import Checkpoint
from diffusion.likelihood import STEPS, log_density
from diffusion.metrics import outside, whitened_energy_distance
from diffusion.network import Conditioning
from diffusion.paper import PaperDenoiser
from diffusion.sampling import Solver, sample_dpm, sample_euler, sample_heun
from diffusion.schedule import NoiseConfig, sampling_sigmas

CONVERGED = Solver("heun", 64)
REPEATS = 7


def seconds(task: Callable[[], object], repeats: int) -> float:
    """The least wall time of some runs; one more goes before. What a GPU was asked to do is waited for."""
    if repeats > 1:
        task()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times)


@dataclass(frozen=True)
class Speed:
    """Seconds for `samples` samples by a solver of ours, and how many times longer the others take in the same run."""

    samples: int
    solver: str
    dtype: str
    seconds: float
    against_paper: float
    against_tuned: float


def speeds(
    scores: PaperDenoiser,
    tolerance: float,
    checkpoints: Mapping[Solver, Checkpoint],
    text: Conditioning,
    counts: Sequence[int],
) -> list[Speed]:
    """One text, on whatever device it and the networks are. Both sides know it already, and ours has its weights in the precision
    that is timed: what is timed is the way from noise to samples. `tolerance` is the loosest that leaves the network's samples as
    good as they are (`loosest`).
    """
    rows = []
    with torch.inference_mode():
        for count in counts:
            condition, noise = each_row(scores.net, text, count), gaussian(count)
            repeats = REPEATS if count <= 100 else 1
            theirs = [
                seconds(partial(sample_scores, scores, condition, noise, tolerance=tol), repeats) for tol in (1e-5, tolerance)
            ]
            for solver, checkpoint in checkpoints.items():
                choice = checkpoint.denoiser.anchors(text)
                context = checkpoint.denoiser.context(text, choice)
                for dtype in (torch.float32, torch.bfloat16):
                    denoise = checkpoint.denoiser.under(context, dtype)
                    mine = seconds(partial(solved, checkpoint, denoise, context, choice, count, solver), max(repeats, 3))
                    who = f"{solver.sampler or checkpoint.noise.sampler}-{solver.steps}", str(dtype).removeprefix("torch.")
                    rows.append(Speed(count, *who, mine, theirs[0] / mine, theirs[1] / mine))
    return rows


def loosest(
    scores: PaperDenoiser, text: Conditioning, *, count: int = 500, tolerances: Sequence[float] = (1e-2, 3e-3, 1e-3, 1e-4)
) -> float:
    """The largest tolerance whose samples are within a twentieth of their spread, root mean square, of those of 1e-5."""
    with torch.inference_mode():
        condition, noise = each_row(scores.net, text, count), gaussian(count)
        fine, _ = sample_scores(scores, condition, noise, dense=False)
        for tolerance in tolerances:
            coarse, _ = sample_scores(scores, condition, noise, tolerance=tolerance, dense=False)
            unit = fine.std(dim=0).clamp_min(1e-3)
            off = ((coarse - fine) / unit).square().mean().sqrt()
            if float(off) < 0.05:
                return tolerance
    return 1e-5


@dataclass(frozen=True)
class Quality:
    """Means over contexts: energy distance to the truth, share outside its 99 % region, and root mean square distance, in units
    of the context's own spread, from where the same noise ends by the converged solver."""

    solver: str
    calls: int
    energy: float
    outside: float
    off: float


def qualities(checkpoints: Mapping[Solver, Checkpoint], text: Conditioning, truth: Tensor) -> list[Quality]:
    """One row per solver; truth (p, n, 15) of the p texts."""
    rows, ends = [], None
    for solver, checkpoint in {CONVERGED: next(iter(checkpoints.values())), **checkpoints}.items():
        with torch.inference_mode():
            vectors = sampled(checkpoint, text, truth.shape[1], solver)
        ends = vectors if ends is None else ends
        pairs = list(zip(vectors, truth, strict=True))
        unit = ends.std(dim=1, keepdim=True).clamp_min(0.02)
        rows.append(
            Quality(
                f"{solver.sampler or checkpoint.noise.sampler}-{solver.steps}",
                calls(solver),
                float(np.mean([whitened_energy_distance(*pair, pair[1]) for pair in pairs])),
                float(np.mean([outside(*pair) for pair in pairs])),
                float(((vectors - ends) / unit).square().mean().sqrt()),
            )
        )
    return rows


def orders() -> dict[str, float]:
    """The order of convergence of each sampler on a Gaussian, whose score and flow are known: slope of log error by log steps."""
    Sigma = torch.diag(torch.tensor([4.0, 1.0, 0.25], dtype=torch.float64))
    config = NoiseConfig(sigma_min=0.05, sigma_max=500.0)
    x = 500.0 * torch.randn(64, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    spread = Sigma.diagonal()

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        return x * spread / (spread + sigma**2)

    exact = x * ((spread + config.sigma_min**2) / (spread + config.sigma_max**2)).sqrt()
    methods = {"euler": sample_euler, "heun": sample_heun} | {f"dpm{k}": partial(sample_dpm, order=k) for k in (1, 2, 3)}
    steps = (128, 256)

    def error(method: Callable[..., Tensor], count: int) -> float:
        return float((method(denoise, x, sampling_sigmas(count, config)[:-1]) - exact).abs().max())

    return {name: math.log2(error(method, steps[0]) / error(method, steps[1])) for name, method in methods.items()}


def likelihood_error(steps: int = STEPS) -> float:
    """Largest error in nats of the log-density of a mixture of three Gaussians in fifteen dimensions, whose density is known."""
    generator = torch.Generator().manual_seed(0)
    means = 0.8 * torch.randn(3, 15, generator=generator, dtype=torch.float64)
    means = means - means.mean(dim=0)
    spread, blur = 0.3, 0.05

    def log_weights(x: Tensor, sigma: Tensor) -> Tensor:
        return -((x[..., None, :] - means) ** 2).sum(dim=-1) / (2 * (spread**2 + sigma**2))

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        weights = log_weights(x, sigma).softmax(dim=-1)[..., None]
        shrunk = (x[..., None, :] * spread**2 + means * sigma**2) / (spread**2 + sigma**2)
        return (weights * shrunk).sum(dim=-2)

    which = torch.randint(3, (64,), generator=generator)
    x = means[which] + math.hypot(spread, blur) * torch.randn(64, 15, generator=generator, dtype=torch.float64)
    width = spread**2 + blur**2
    exact = log_weights(x, torch.tensor(blur)).logsumexp(dim=-1) - 7.5 * math.log(2 * math.pi * width) - math.log(3)
    return float((log_density(denoise, x, blur=blur, steps=steps) - exact).abs().max())
