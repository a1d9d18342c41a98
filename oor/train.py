"""python -m oor.train: train the relation diffusion or the embedded text encoder from a recipe."""

from __future__ import annotations

import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from oor.doors import build, configuration, run, split_arguments

if TYPE_CHECKING:
    from diffusion.processes import Processes
    from diffusion.relation_training import Measure, RelationConfig

HELP = """\
python -m oor.train [recipe=relations|quick|text|student|tiny|paper|descriptor] out=FOLDER [key=value ...]

  python -m oor.train recipe=tiny out=runs/tiny            a small relation model in half a minute
  python -m oor.train recipe=quick out=runs/quick          475 contexts, as many as the paper has, for a short while
  python -m oor.train recipe=text out=runs/text            the embedded text encoder
  python -m oor.train out=runs/relations                   the relation model that is shipped
  python -m oor.train recipe=student out=runs/student      its student, which samples in one to four calls
  python -m oor.train recipe=paper out=runs/paper          the paper's own diffusion, for comparison
  python -m oor.train recipe=descriptor out=runs/descriptor   the network that finds objects and their parts in pictures
  python -m oor.train out=runs/mine samples=[my.parquet] start=runs/relations/relations.safetensors loop.steps=3000
  python -m oor.train out=runs/lifted samples=runs/lift/samples.parquet       what python -m oor.lift has made of images
  python -m oor.train out=runs/hub text_encoder=google/flan-t5-base
  torchrun --nproc-per-node=2 -m oor.train out=runs/relations     two processes (GPUs) share the work; the result is the same

With samples= it learns the contexts that are in these files and no others, also those that held_out= keeps from catalog draws,
and is measured by them.

Interrupted runs (Ctrl-C, SIGTERM) go on where they stopped when the same command is given again; the result is the same.
Every measure_every=1000 steps (0: never) it measures the loss by noise level, held-out success and energy distances: shown live,
kept in OUT/history.jsonl. OUT/README.md is the model card."""


def main(arguments: list[str]) -> None:
    """Configure, train, and say where the result is."""
    console = Console(highlight=False, emoji=False)  # names stand as they are
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        console.print(HELP, markup=False)
        return
    words, pairs, _ = split_arguments(arguments)
    if words:
        raise ValueError(f"unexpected {words[0]!r}; settings are key=value, such as out=runs/mine")
    if "out" not in pairs:
        raise ValueError("no output folder; say where to write, such as out=runs/mine")
    from diffusion.processes import together
    from diffusion.relation_training import RelationConfig, train_relations
    from diffusion.student import StudentConfig, train_student
    from diffusion.text_training import TextConfig, train_text_encoder
    from diffusion.training import LoopConfig
    from lifting.descriptor_training import DescriptorRecipe

    recipe = pairs.get("recipe", "relations")
    schema = {"text": TextConfig, "student": StudentConfig, "descriptor": DescriptorRecipe}.get(recipe, RelationConfig)()
    values = configuration("train", pairs, {"loop": asdict(LoopConfig()), **asdict(schema), "stage": "relations"})
    out, stage = Path(str(values.pop("out"))), values.pop("stage")
    command = "python -m oor.train " + " ".join(arguments)
    with together() as processes:
        console = console if processes.first else Console(quiet=True)
        if stage not in ("relations", "descriptor") and processes.count > 1:
            raise ValueError(f"recipe={recipe} trains in one process; give the command without torchrun")
        if stage == "student":
            train_student(build(StudentConfig, values), out, console, command, commit())
            console.print(f"wrote {out}/student.safetensors", markup=False)
            return
        if stage == "descriptor":
            console.print(f"wrote {descriptor(values, out, console, command, processes)}", markup=False)
            return
        if stage == "text":
            accuracy = train_text_encoder(build(TextConfig, values), out, console, command, commit())
            figures = ", ".join(f"{k} {v:.3f}" for k, v in accuracy.items())
            console.print(f"wrote {out}/model.safetensors; held-out accuracy {figures}")
            return
        config = build(RelationConfig, values)
        train_relations(config, out, console, command, commit(), measurement(config), processes)
        console.print(f"wrote {out}/relations.safetensors; give it to oor.sample as checkpoint=", markup=False)


def descriptor(values: dict[str, Any], out: Path, console: Console, command: str, processes: Processes) -> Path:
    """Train the descriptor network. The loop is the diffusion's, which lifting does not know."""
    import torch

    from diffusion.training import LoopConfig, fit
    from lifting.descriptor_training import DescriptorRecipe, drawn, train_descriptor

    loop = build(LoopConfig, values.pop("loop"), "loop.")
    recipe = build(DescriptorRecipe, values)
    shots = out / "shots", recipe.shards, recipe.seed, recipe.network.size_px
    if processes.first:
        drawn(*shots, console)
    processes.average([torch.zeros(1)])  # the others wait for the pictures
    return train_descriptor(
        recipe, drawn(*shots, console), out,
        lambda model, loss, state, settings: fit(model, loss, loop, state, console, settings, processes=processes),
        {"command": command, "commit": commit(), "licence": "Apache-2.0"}, (processes.rank, processes.count),
    )  # fmt: skip


def measurement(config: RelationConfig) -> Measure | None:
    """How a half-trained model does at what it is trained for; None where that is not asked for."""
    if not config.measure_every:
        return None
    from scenes.progress import progress_measure

    return progress_measure(config.samples, config.held_out)


def commit() -> str:
    """The commit of the source tree, or "unknown" outside one."""
    here = Path(__file__).parent
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    run(main)
