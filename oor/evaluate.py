"""python -m oor.evaluate <suite>: the figures behind every claim, one command each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from oor.doors import configuration, did_you_mean, run, split_arguments, whole_number

SUITES = ("success", "catalog")
HELP = """\
python -m oor.evaluate <suite> [json=true] [key=value ...]

  python -m oor.evaluate success                        success, ceiling, diversity, conditioning of the shipped model
  python -m oor.evaluate success json=true table=scores.csv
  python -m oor.evaluate success checkpoint=runs/mine/relations.safetensors samples=16 draws=128
  python -m oor.evaluate catalog json=true              how much world there is; do predicates and programs agree

settings: samples=32 (per context)  draws=256 (per context, for distances)  seed=0  steps=18
          checkpoint=FILE  table=FILE.csv  json=false  timed_draws=1000000 (catalog)"""

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
    for name, low, high in (("samples", 1, 100_000), ("draws", 8, 100_000), ("seed", 0, 2**53), ("steps", 2, 1000),
                            ("timed_draws", 1, 10**9)):
        config[name] = whole_number(name, config[name], low, high)

    from oor.catalog.contexts import contexts

    suite = {"success": success, "catalog": catalog}[words[0]](config)
    columns = TextColumn("contexts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), disable=bool(config["json"])) as progress:
        task = progress.add_task("contexts", total=len(contexts()))
        figures = {"suite": words[0], **suite(lambda n: progress.advance(task, n))}
    if config["json"]:
        console.print(json.dumps(figures), markup=False, soft_wrap=True)
        return
    table = Table(show_header=False, box=None)
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:.4f}" if isinstance(value, float) else str(value))
    console.print(table)


def success(config: dict[str, Any]) -> Suite:
    """The model: do its samples hold, vary as the truth does, and follow the text?"""
    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.text_encoder import load_text_encoder
    from scenes.metrics import success_suite, write_table

    checkpoint = load_checkpoint(SHIPPED if config["checkpoint"] is None else Path(str(config["checkpoint"])))
    encoder = load_text_encoder(checkpoint.text_encoder)
    numbers = {name: config[name] for name in ("samples", "draws", "seed", "steps")}

    def measured(advance: Advance) -> dict[str, Any]:
        report, scores = success_suite(checkpoint, encoder, **numbers, advance=advance)
        if config["table"] is not None:
            write_table(Path(str(config["table"])), scores)
        return {"checkpoint": checkpoint.identity, "source": checkpoint.about["source"], **asdict(report)}

    return measured


def catalog(config: dict[str, Any]) -> Suite:
    """The world: how much of it there is, whether predicates accept their programs' draws and nothing else, and how fast."""
    from oor.catalog.audit import audit, by_program, inventory, means, timing, write_audit

    def measured(advance: Advance) -> dict[str, Any]:
        rows = audit(config["samples"], config["seed"], advance)
        if config["table"] is not None:
            write_audit(Path(str(config["table"])), rows)
        programs = by_program(rows)
        worst = sorted(programs, key=lambda program: program.worst)[:5]
        worst_five = {program.predicate: round(program.worst, 4) for program in worst}
        return {**inventory(), **means(programs), "worst_five": worst_five, **timing(config["timed_draws"], config["seed"])}

    return measured


if __name__ == "__main__":
    run(main)
