"""python -m oor.evaluate <suite>: the figures behind every claim, one command each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from oor.doors import config_folder, configuration, did_you_mean, run, split_arguments, whole_number, worker_count, yes_or_no

SUITES = ("success", "catalog", "diffusion", "ablations", "text", "registration", "lifting", "backends", "scenes")
HELP = """\
python -m oor.evaluate <suite> [json=true] [key=value ...]

  python -m oor.evaluate success                        success, ceiling, diversity, conditioning of the shipped model
  python -m oor.evaluate success json=true table=scores.csv
  python -m oor.evaluate success checkpoint=runs/mine/relations.safetensors samples=16 draws=128
  python -m oor.evaluate catalog json=true              how much world there is; do predicates and programs agree
  python -m oor.evaluate diffusion json=true            training and sampling beside GenPose's, in one run
  python -m oor.evaluate ablations json=true            the recipe with one thing taken away at a time, trained in one run
  python -m oor.evaluate text text_encoder=runs/text    how well the text encoder reads; its teacher beside it if installed
  python -m oor.evaluate registration json=true         RANSAC, ICP and PCA beside Open3D and scikit-learn if installed
  python -m oor.evaluate lifting out=runs/lifting       images to samples beside the truth, stage by stage; goes on in out=
  python -m oor.evaluate backends json=true             each backend of lifting: how it was exercised, and with what weights
  python -m oor.evaluate scenes samples=8 json=true     scenes of many objects by every recipe, and what they cost

settings: samples=32 (per context or scene; of registration: trials)  draws=256 (per context, for distances)  seed=0  steps=12
          sampler=NAME (the checkpoint's own)  checkpoint=FILE  table=FILE.csv  json=false  timed_draws=1000000 (catalog)
          text_encoder=FOLDER (text, ablations)  arena=12 (contexts that recipes learn)  race_steps=2000 (diffusion, ablations)
          counts=[1,100,10000] (that are timed)  contexts=40 images=2 weights=FILE workers=<cores> out=FOLDER (lifting)
          scenes=20  objects=[3,10,30] (of scenes that are timed)"""

Advance = Callable[[int], None]
Suite = Callable[[Advance], dict[str, Any]]  # measures, telling how far it is


def main(arguments: list[str]) -> None:
    """Run one suite and print its figures."""
    console = Console(highlight=False, emoji=False)  # names stand as they are
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        console.print(HELP, markup=False)
        return
    words, pairs, _ = split_arguments(arguments)
    if len(words) != 1 or words[0] not in SUITES:
        raise ValueError(f"unknown suite {' '.join(words)!r}{did_you_mean(' '.join(words), SUITES)}")
    config = configuration("evaluate", pairs)
    for name, low, high in (
        ("samples", 1, 100_000),
        ("draws", 8, 100_000),
        ("seed", 0, 2**53),
        ("steps", 1, 1000),
        ("timed_draws", 1, 10**9),
        ("arena", 2, 500),
        ("race_steps", 10, 10**6),
        ("contexts", 1, 10_000),
        ("images", 1, 100_000),
        ("scenes", 1, 20),
    ):
        config[name] = whole_number(name, config[name], low, high)
    as_json = yes_or_no("json", config["json"])
    counts = config["counts"] if isinstance(config["counts"], list) else [config["counts"]]
    config["counts"] = [whole_number("counts", count, 1, 10**7) for count in counts]
    objects = config["objects"] if isinstance(config["objects"], list) else [config["objects"]]
    config["objects"] = [whole_number("objects", count, 2, 1000) for count in objects]

    suites = {"success": success, "catalog": catalog, "diffusion": diffusion, "ablations": ablations, "text": text,
              "registration": registration, "lifting": lifting, "backends": backends, "scenes": scenes}
    suite, stages = suites[words[0]](config)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), disable=as_json) as progress:
        task = progress.add_task(words[0], total=stages)
        figures = {"suite": words[0], **suite(lambda n: progress.advance(task, n))}
    if as_json:
        console.print(json.dumps(figures), markup=False, soft_wrap=True)
        return
    for table in tables(figures):
        console.print(table)


def tables(figures: dict[str, Any]) -> Iterator[Table]:
    """One table of the plain figures, and one of every list of rows."""
    plain = Table(show_header=False, box=None)
    for name, value in flat(figures):
        plain.add_row(name.replace("_", " "), shown(value))
    yield plain
    for name, value in figures.items():
        if isinstance(value, list):
            rows = Table(*value[0], title=name, box=None)
            for row in value:
                rows.add_row(*map(shown, row.values()))
            yield rows


def flat(figures: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Figures of figures by dotted names; lists are left out."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}", value


def shown(value: object) -> str:
    """Four digits for people."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def success(config: dict[str, Any]) -> tuple[Suite, int]:
    """The model: do its samples hold, vary as the truth does, and follow the text?"""
    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.sampling import Solver
    from diffusion.text_encoder import load_text_encoder
    from oor.catalog.contexts import contexts
    from scenes.metrics import success_suite, write_table

    checkpoint = load_checkpoint(SHIPPED if config["checkpoint"] is None else Path(str(config["checkpoint"])))
    encoder = load_text_encoder(checkpoint.text_encoder)
    numbers = {name: config[name] for name in ("samples", "draws", "seed")}
    solver = Solver(config["sampler"], config["steps"])

    def measured(advance: Advance) -> dict[str, Any]:
        report, scores = success_suite(checkpoint, encoder, **numbers, solver=solver, advance=advance)
        if config["table"] is not None:
            write_table(Path(str(config["table"])), scores)
        return {"checkpoint": checkpoint.identity, "source": checkpoint.about["source"], **asdict(report)}

    return measured, len(contexts())


def diffusion(config: dict[str, Any]) -> tuple[Suite, int]:
    """The diffusion beside the one it descends from: training, speed, quality by calls, orders, likelihood."""
    from diffusion.benchmarks.report import STAGES, diffusion_suite
    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.student import load_student
    from diffusion.text_encoder import load_text_encoder

    checkpoint = load_checkpoint(SHIPPED if config["checkpoint"] is None else Path(str(config["checkpoint"])))
    student = load_student(checkpoint) if config["checkpoint"] is None else None
    encoder = load_text_encoder(checkpoint.text_encoder)
    numbers = {"contexts": config["arena"], "steps": config["race_steps"], "judged": 2 * config["draws"]}

    def measured(advance: Advance) -> dict[str, Any]:
        report = diffusion_suite(checkpoint, student, encoder, **numbers, counts=config["counts"], advance=advance)
        return {"checkpoint": checkpoint.identity, **report}

    return measured, STAGES


def ablations(config: dict[str, Any]) -> tuple[Suite, int]:
    """What each part of the recipe is worth: it is trained again and again, each time without one of them."""
    from diffusion.benchmarks.ablations import STAGES, ablation_suite
    from diffusion.text_encoder import load_text_encoder

    encoder = load_text_encoder(str(config["text_encoder"]))
    numbers = {"contexts": config["arena"], "steps": config["race_steps"], "judged": 2 * config["draws"]}
    return lambda advance: ablation_suite(encoder, **numbers, advance=advance), STAGES


def catalog(config: dict[str, Any]) -> tuple[Suite, int]:
    """The world: how much of it there is, whether predicates accept their programs' draws and nothing else, and how fast."""
    from oor.catalog.audit import audit, by_program, inventory, means, timing, write_audit
    from oor.catalog.contexts import contexts

    def measured(advance: Advance) -> dict[str, Any]:
        rows = audit(config["samples"], config["seed"], advance)
        if config["table"] is not None:
            write_audit(Path(str(config["table"])), rows)
        programs = by_program(rows)
        worst = sorted(programs, key=lambda program: program.worst)[:5]
        worst_five = {program.predicate: round(program.worst, 4) for program in worst}
        return {**inventory(), **means(programs), "worst_five": worst_five, **timing(config["timed_draws"], config["seed"])}

    return measured, len(contexts())


def text(config: dict[str, Any]) -> tuple[Suite, int]:
    """The text encoder: what it reads in phrasings and words that it never met, how fast it is, how large."""
    from diffusion.text_encoder import EMBEDDED
    from diffusion.text_measures import measure
    from diffusion.text_reader import load_reader
    from diffusion.text_teacher import find_teacher

    name = str(config["text_encoder"])
    reader = load_reader(EMBEDDED if name == "embedded" else Path(name))
    return lambda _: measure(reader, find_teacher()), 1


def registration(config: dict[str, Any]) -> tuple[Suite, int]:
    """What lifting registers templates with: how often it is right, how exact and how fast, beside what is installed."""
    from lifting.benchmarks.registration import STAGES, registration_suite

    return lambda advance: registration_suite(trials=config["samples"], advance=advance), STAGES


def lifting(config: dict[str, Any]) -> tuple[Suite, int]:
    """Lifting as a whole: yields and errors beside the truth, with oracles for stages, without parts, as views agree less."""
    from lifting.benchmarks.whole import embedded, lifting_suite, stages_of
    from oor.catalog.splits import evenly, training_contexts

    workers, count, images = worker_count(config["workers"]), config["contexts"], config["images"]
    plain = embedded(None if config["weights"] is None else str(config["weights"]))
    wanted = list(evenly(training_contexts(), count))
    out = None if config["out"] is None else Path(str(config["out"]))

    def measured(advance: Advance) -> dict[str, Any]:
        with TemporaryDirectory(prefix="lifting-") as folder:
            where = Path(folder) if out is None else out
            return lifting_suite(wanted, images, where, plain=plain, workers=workers, seed=config["seed"], advance=advance)

    return measured, stages_of(len(wanted), images)


def backends(config: dict[str, Any]) -> tuple[Suite, int]:
    """The backends of lifting: how each was exercised, and with what weights. Hub models are run, on tiny random ones."""
    import importlib.util

    from oor.backends import GROUPS, default_backend

    if importlib.util.find_spec("diffusers") is None:
        raise ValueError("suite=backends runs models of diffusers, which is not installed; pip install 'oor-toolkit[models]'")
    from lifting.benchmarks.backends import exercised

    known = [(group, file.stem) for group in GROUPS for file in sorted((config_folder() / group).glob("*.yaml"))]

    def measured(advance: Advance) -> dict[str, Any]:
        rows = []
        with TemporaryDirectory() as folder:
            for group, name in known:
                rows.append(exercised(group, name, default_backend(group, name), Path(folder) / group / name))
                advance(1)
        return {"count": len(rows), "hub_models_run_with_real_weights": 0, "backends": rows}

    return measured, len(known)


def scenes(config: dict[str, Any]) -> tuple[Suite, int]:
    """Scenes of many objects: do all relations hold, is nothing in anything else, and what is each part of the recipe worth?"""
    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.sampling import Solver
    from diffusion.text_encoder import load_text_encoder
    from scenes.scene_suite import ABLATION, scene_suite

    checkpoint = load_checkpoint(SHIPPED if config["checkpoint"] is None else Path(str(config["checkpoint"])))
    encoder = load_text_encoder(checkpoint.text_encoder)
    numbers = {name: config[name] for name in ("scenes", "samples", "objects", "seed")}
    solver = Solver(config["sampler"], config["steps"])

    def measured(advance: Advance) -> dict[str, Any]:
        report = scene_suite(checkpoint, encoder, **numbers, solver=solver, advance=advance)
        return {"checkpoint": checkpoint.identity, **report}

    return measured, len(ABLATION) * config["scenes"] + len(config["objects"])


if __name__ == "__main__":
    run(main)
