"""A student of a trained denoiser: it says in one call where the sampler's path ends, which takes the teacher twelve.

For every noisy sample on a path of the teacher's ODE the student learns the path's end (Salimans and Ho 2022; Song et al. 2023),
starting from the teacher's own weights. It shares the teacher's anchors and moments, so its file holds the network only.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from rich.console import Console
from safetensors import SafetensorError, safe_open
from torch import Tensor

from diffusion.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from diffusion.data import TrainingSet, catalog_data, training_set
from diffusion.denoiser import Denoiser
from diffusion.sampling import Solver
from diffusion.text_encoder import load_text_encoder
from diffusion.training import LoopConfig, fit
from oor.catalog.contexts import contexts
from oor.catalog.splits import training_contexts
from oor.files import write_safetensors
from oor.relation import WIDTH

SHIPPED_STUDENT = Path(__file__).parent / "weights" / "student.safetensors"
FORMAT = "student 1"
FEW = 2  # draws per group of shapes: the student learns from the teacher, not from them


@dataclass(frozen=True)
class StudentConfig:
    """Everything that decides a distillation."""

    teacher: str = ""  # a checkpoint; none means the shipped one
    shapes: int = 16  # groups of shapes per context
    held_out: bool = True  # leave the catalog's held-out combinations and categories out
    prompts: int = 50  # sentences per context
    batch_prompts: int = 64  # per step
    batch_paths: int = 32  # paths per prompt
    calls: int = 12  # of the teacher on each path
    half: bool = True  # write the weights in half precision
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=2000, lr=4e-4, warmup=100))


def train_student(config: StudentConfig, out: Path, console: Console, command: str, commit: str) -> Checkpoint:
    """Distil and write `out/student.safetensors`; resumes from `out/student_state.safetensors`."""
    teacher = load_checkpoint(Path(config.teacher) if config.teacher else SHIPPED)
    guide = teaching(teacher)
    encoder = load_text_encoder(teacher.text_encoder)
    with console.status("drawing shapes and encoding prompts"):
        known = training_contexts() if config.held_out else contexts()
        data = catalog_data(FEW * config.shapes, config.prompts, config.shapes, config.loop.seed, known)
        table, _ = training_set(data, encoder, teacher.normaliser.translation)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    lesson = Lesson(guide.to(device), student_of(guide).to(device), table.to(device), teacher, config)
    state = fit(lesson.student.net, lesson.loss, config.loop, out / "student_state.safetensors", console, repr(config))
    about = {"teacher": teacher.identity, "command": command, "commit": commit, "settings": asdict(config)}
    tensors = {name: value.cpu().half() if config.half else value.cpu() for name, value in state.items()}
    write_safetensors(out / "student.safetensors", tensors, {"format": FORMAT, "about": json.dumps(about)})
    return load_student(replace(teacher, denoiser=teacher.denoiser.cpu()), out / "student.safetensors")


def teaching(teacher: Checkpoint) -> Denoiser:
    """The denoiser of a checkpoint that can have students. ValueError for another parametrisation."""
    if not isinstance(teacher.denoiser, Denoiser):
        kind = teacher.denoiser.parametrisation
        raise ValueError(f"a student learns from a denoiser of parametrisation edm, not {kind}; give another teacher")
    return teacher.denoiser


def student_of(teacher: Denoiser) -> Denoiser:
    """A denoiser with the teacher's anchors and moments, whose network is a copy."""
    return deepcopy(teacher, {id(shared): shared for shared in (teacher.anchor_net, teacher.moment_net)})


@dataclass(frozen=True)
class Lesson:
    """The loss of a distillation."""

    teacher: Denoiser
    student: Denoiser
    table: TrainingSet
    checkpoint: Checkpoint
    config: StudentConfig

    def loss(self, generator: torch.Generator) -> Tensor:
        """How far the student's guesses are from the ends of the teacher's paths, at one random point of each."""
        _, text = self.table.prompts(self.config.batch_prompts, generator)
        with torch.no_grad():
            choice = self.teacher.anchors(text)
            context = self.teacher.context(text, choice)
            noise = torch.randn(len(context), self.config.batch_paths, WIDTH, generator=generator, device=context.device)
            points, sigmas, end = self._paths(noise, context)
            pick = torch.randint(len(sigmas), (*noise.shape[:2], 1), generator=generator, device=context.device)
            x, sigma = points.gather(0, pick[None].expand(1, *noise.shape))[0], sigmas[pick]
        own = torch.cat([context[..., : 2 * WIDTH], self.student.net.context(text, choice.described())], dim=-1)
        error = self.student(x, sigma, own) - end
        return ((1 + sigma**2) / sigma**2 * error**2).mean()

    def _paths(self, noise: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Points (calls, p, k, 15) where the teacher was asked, their noise levels (calls,), and where the paths end."""
        points, levels, teacher = [], [], self.teacher.under(context)

        def denoise(z: Tensor, sigma: Tensor) -> Tensor:
            points.append(z)
            levels.append(sigma)
            return teacher(z, sigma)

        end = Solver("dpm", self.config.calls)(denoise, noise, self.checkpoint.noise)
        return torch.stack(points), torch.stack(levels), end


def load_student(teacher: Checkpoint, path: Path = SHIPPED_STUDENT) -> Checkpoint:
    """The teacher's checkpoint with the student's network.

    ValueError when the file is missing, foreign, or another's student, and for a teacher that can have none.
    """
    guide = teaching(teacher)
    if not path.is_file():
        raise ValueError(f"no student at {path}; distil one with `python -m oor.train recipe=student`, or take another sampler")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
        about = json.loads(metadata["about"])
        own = about["teacher"]
        if metadata["format"] != FORMAT:
            raise ValueError("another format")
        student = student_of(guide)
        student.net.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError):
        raise ValueError(f"{path} is no student of format {FORMAT!r}; distil it again or fetch it anew") from None
    if own != teacher.identity:
        raise ValueError(f"{path} is the student of {own}, not of {teacher.identity}; take sampler=dpm")
    return replace(teacher, denoiser=student.eval(), about={**teacher.about, "student": about})
