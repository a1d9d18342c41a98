"""All of it in one run: `python -m oor.evaluate diffusion`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch

from diffusion.benchmarks.arena import Arena, arena
from diffusion.benchmarks.sampling import likelihood_error, loosest, orders, qualities, speeds
from diffusion.benchmarks.training import Trained, learned, ours, paper, preconditioned, seconds_to, tuned
from diffusion.checkpoint import Checkpoint
from diffusion.paper import PaperDenoiser
from diffusion.sampling import Solver
from diffusion.text_encoder import TextEncoder

Advance = Callable[[int], None]
STAGES = 7  # how often `advance` is told
FIRST = 25  # steps of the shortest run on the way to the others' quality
BY_CALLS = (1, 2, 4, 6, 8, 12, 16, 32)
TIMED = (12, 6)
STUDENT_CALLS = (1, 2, 4)


def diffusion_suite(
    checkpoint: Checkpoint,
    student: Checkpoint | None,
    encoder: TextEncoder,
    *,
    contexts: int,
    steps: int,
    judged: int,
    counts: Sequence[int],
    advance: Advance = lambda _: None,
) -> dict[str, Any]:
    """Recipes trained for `steps` steps on some contexts; samplers of a checkpoint and its student on the same contexts.

    Every figure of ours stands beside the others' of the same run, on the same cores. A GPU, if there is one, is for speeds only.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ground = arena(contexts, 4096, judged, encoder)
    advance(1)
    training, net = race(ground, steps, advance)
    solvers = {Solver("dpm", n): checkpoint for n in BY_CALLS}
    solvers |= {Solver("student", n): student for n in STUDENT_CALLS if student is not None}
    quality = [asdict(row) for row in qualities(solvers, ground.texts, ground.truth)]
    advance(1)
    one = ground.texts.rows(torch.tensor([0])).to(device)
    tolerance = loosest(net.to(device), one)
    timed = {solver: model for solver, model in solvers.items() if solver.sampler == "student" or solver.steps in TIMED}
    for model in timed.values():
        model.denoiser.to(device)
    speed = [asdict(row) for row in speeds(net, tolerance, timed, one, counts)]
    advance(1)
    return {
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "training": training,
        "tuned_tolerance": tolerance,
        "speed": speed,
        "quality": quality,
        "order": orders(),
        "likelihood_error_nats": likelihood_error(),
    }


def race(ground: Arena, steps: int, advance: Advance) -> tuple[dict[str, Any], PaperDenoiser]:
    """What each recipe reaches, how fast two of them get to what the others reach, and the tuned score model.

    "preconditioned" has the others' network and batches, so that it says what the parametrisation is worth.
    """
    published, _ = paper(ground, steps)
    advance(1)
    best, net = tuned(ground, steps, max(1, steps // 4))
    advance(1)
    rivals = {"paper": published, "tuned": best}
    runs = {"preconditioned": learned(lambda n: preconditioned(ground, n, ground.boxes), FIRST, steps)}
    advance(1)
    runs["ours"] = learned(lambda n: ours(ground, n)[0], FIRST, steps)
    advance(1)
    trained = rivals | {name: curve[steps] for name, curve in runs.items()}
    same_body = trained["preconditioned"]
    report: dict[str, Any] = {"contexts": len(ground.truth), "steps": steps, "floor": ground.floor()}
    report |= {name: {**item.figures, "cpu_seconds": item.seconds} for name, item in trained.items()}
    report["energy_paper_over_preconditioned"] = published.figures["energy"] / same_body.figures["energy"]
    report["energy_tuned_over_preconditioned"] = best.figures["energy"] / same_body.figures["energy"]
    report["curves"] = {
        name: [{"steps": n, "energy": run.figures["energy"], "cpu_seconds": run.seconds} for n, run in curve.items()]
        for name, curve in runs.items()
    }
    report["cpu_seconds_ratio_to_their_quality"] = {
        name: {rival: _ratio(item, curve) for rival, item in rivals.items()} for name, curve in runs.items()
    }
    return report, net


def _ratio(rival: Trained, runs: Mapping[int, Trained]) -> float | None:
    """A rival's training seconds over those of the shortest run that is as good; None if none is."""
    seconds = seconds_to(rival.figures["energy"], runs)
    return None if seconds is None else rival.seconds / seconds
