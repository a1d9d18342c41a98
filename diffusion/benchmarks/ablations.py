"""What each part of the recipe is worth: one table, each row the toolkit's recipe but for one thing, learned from one arena.

Every training takes as many steps, on batches of the same size. "exploding noise" is GenPose's network and noise on normalised
coordinates, at one learning rate and range; "EDM, GenPose's body" the same network under EDM's preconditioning. These two read
the sentence and the objects' names; the others the relation's name and the shapes as well, whatever the sentence. "no whitening"
is sampled twice: from the noise that whitened data need, and over the levels of that other recipe that does not whiten.
"guidance" and "student" sample, or learn from, the very network of "ours".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from diffusion.benchmarks.arena import PROMPTS, ROWS, Arena, Drawn, Sampler, arena, descend
from diffusion.benchmarks.training import (
    HEUN,
    TRIALS,
    WHOLE,
    Trained,
    calls,
    ours,
    preconditioned,
    sampler,
    scores,
    solved,
    untaught,
)
from diffusion.checkpoint import Checkpoint
from diffusion.denoiser import Denoiser
from diffusion.generation import DEFAULT
from diffusion.network import RELATION, SENTENCE, Conditioning
from diffusion.sampling import Solver
from diffusion.student import Lesson, StudentConfig, student_of, teaching
from diffusion.text_encoder import TextEncoder

STAGES = 14  # rows of the table: how often `advance` is told
RATE, SIGMA_MAX = TRIALS[1]  # of "exploding noise", without trials: every row trains once
WEIGHTS = (1.5, 2.0)  # of guidance
STUDENT_CALLS = (1, 2, 4)

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Row:
    """A line of the table.

    energy, outside: as `Arena.judge` has them, under sentences of the training. energy_held_out: under phrasings that are none.
    calls: of the network, for each sample. cpu_seconds: of all the training that it needs, so that a student's has its teacher's.
    """

    name: str
    energy: float
    energy_held_out: float
    outside: float
    calls: int
    cpu_seconds: float


def ablation_suite(
    encoder: TextEncoder, *, contexts: int, steps: int, judged: int, advance: Advance = lambda _: None
) -> dict[str, Any]:
    """The table, of recipes trained for `steps` steps on some contexts and judged by `judged` samples of each."""
    ground = arena(contexts, 4096, judged, encoder)
    floor = ground.floor()
    table = [Row("floor", floor["energy"], floor["energy"], floor["outside"], 0, 0.0)]
    advance(1)
    for name, trained in trainings(ground, steps):
        table.append(row(name, trained))
        advance(1)
    return {"contexts": contexts, "steps": steps, "threads": torch.get_num_threads(), "ablations": [asdict(r) for r in table]}


def row(name: str, trained: Trained) -> Row:
    """Judged under both kinds of sentences."""
    ground, told = trained.arena, trained.figures
    held_out = ground.judge(trained.sampler, ground.held_out)["energy"]
    return Row(name, told["energy"], held_out, told["outside"], int(told["calls"]), trained.seconds)


def trainings(ground: Arena, steps: int) -> Iterator[tuple[str, Trained]]:
    """Every row's name and recipe, as soon as it is trained."""
    own, teacher = ours(ground, steps)
    yield "ours", own
    yield "exploding noise", scores(ground, steps, RATE, SIGMA_MAX, ground.boxes)[0]
    yield "EDM, GenPose's body", preconditioned(ground, steps, ground.boxes)
    plain, checkpoint = ours(ground, steps, unwhitened(untaught(ground)))
    yield "no whitening", plain
    far = sampler(replace(checkpoint, noise=WHOLE), Solver("heun", HEUN))
    yield "no whitening, far levels", replace(plain, sampler=far)
    yield "linear translation", ours(ground, steps, translation="linear")[0]
    yield "linear scales", ours(ground, steps, scales="linear")[0]
    yield "pooled text", ours(pooled(ground), steps)[0]
    for weight in WEIGHTS:
        yield f"guidance {weight:g}", replace(own, sampler=guidance(teacher, weight))
    student, seconds = distilled(ground, teacher, steps)
    for count in STUDENT_CALLS:
        quick = sampler(student, Solver("student", count))
        yield f"student, {count} call{'s' * (count > 1)}", Trained(ground, quick, own.seconds + seconds)


def unwhitened(denoiser: Denoiser) -> Denoiser:
    """The denoiser, whose moment network says mean 0 and deviation 1 of every context, and is not to learn anything else."""
    for weight in denoiser.moment_net.parameters():
        nn.init.zeros_(weight)
    denoiser.moment_net.requires_grad_(False)
    return denoiser


def pooled(ground: Arena) -> Arena:
    """The arena with one vector for each of the four texts of a condition, instead of one per token."""
    table = replace(ground.table, text=ground.table.text.pooled())
    return replace(ground, table=table, texts=ground.texts.pooled(), held_out=ground.held_out.pooled())


def guidance(checkpoint: Checkpoint, weight: float) -> Sampler:
    """Classifier-free guidance (Ho and Salimans 2022): D = D_hidden + weight (D - D_hidden), which is D itself for weight 1.

    D_hidden is the same network without the sentence and the relation's name. Training hides one of the two, never both, so it is
    what such a network makes of the objects alone, not a model of them. Both denoise in the space that the full text whitens, for
    no denoiser asks for the moments: `solved` does.
    """
    denoiser = checkpoint.denoiser

    @torch.inference_mode()
    def sample(texts: Conditioning, count: int) -> Drawn:
        choice = denoiser.anchors(texts)
        context = denoiser.context(texts, choice)
        told, hidden = denoiser.under(context), denoiser.under(denoiser.context(silent(texts), choice))

        def denoise(z: Tensor, sigma: Tensor) -> Tensor:
            return torch.lerp(hidden(z, sigma), told(z, sigma), weight)

        return Drawn(solved(checkpoint, denoise, context, choice, count, DEFAULT), 2 * calls(DEFAULT))

    return sample


def silent(texts: Conditioning) -> Conditioning:
    """The two objects, and not a word on how they relate."""
    every = torch.ones_like(texts.mask[:, 0])
    return texts.without(SENTENCE, every).without(RELATION, every)


def distilled(ground: Arena, teacher: Checkpoint, steps: int) -> tuple[Checkpoint, float]:
    """A student (diffusion/student.py) of the same steps, and the CPU seconds that it took."""
    guide, config = teaching(teacher), StudentConfig(batch_prompts=PROMPTS, batch_paths=ROWS)
    lesson = Lesson(guide, student_of(guide), ground.table, teacher, config)
    seconds = sum(descend(lesson.student.net, lesson.loss, steps, config.loop.lr, cosine=True))
    return replace(teacher, denoiser=lesson.student.eval()), seconds
