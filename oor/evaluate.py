"""python -m oor.evaluate <suite>: the figures behind every claim, one command each."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from oor.doors import configuration, did_you_mean, run, split_arguments, whole_number

SUITES = ("success",)
HELP = """\
python -m oor.evaluate <suite> [json=true] [key=value ...]

  python -m oor.evaluate success                        success, ceiling, diversity, conditioning of the shipped model
  python -m oor.evaluate success json=true table=scores.csv
  python -m oor.evaluate success checkpoint=runs/mine/relations.safetensors samples=16 draws=128

settings: samples=64 (per context)  draws=512 (per context, for distances)  seed=0  steps=18
          checkpoint=FILE  table=FILE.csv  json=false"""


def main(arguments: list[str]) -> None:
    """Run one suite and print its figures."""
    console = Console(highlight=False)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        console.print(HELP, markup=False)
        return
    words, pairs, _ = split_arguments(arguments)
    if len(words) != 1 or words[0] not in SUITES:
        raise ValueError(f"unknown suite {' '.join(words)!r}{did_you_mean(' '.join(words), SUITES)}")
    config = configuration("evaluate", pairs)
    samples = whole_number("samples", config["samples"], 1, 100_000)
    draws = whole_number("draws", config["draws"], 8, 100_000)
    seed, steps = whole_number("seed", config["seed"], 0, 2**53), whole_number("steps", config["steps"], 2, 1000)

    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.text_encoder import load_text_encoder
    from oor.catalog.contexts import contexts
    from scenes.metrics import success_suite, write_table

    checkpoint = load_checkpoint(SHIPPED if config["checkpoint"] is None else Path(str(config["checkpoint"])))
    encoder = load_text_encoder(checkpoint.text_encoder)
    columns = TextColumn("contexts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), disable=bool(config["json"])) as progress:
        task = progress.add_task("contexts", total=len(contexts()))
        report, scores = success_suite(
            checkpoint, encoder, samples=samples, draws=draws, seed=seed, steps=steps, advance=lambda n: progress.advance(task, n)
        )
    if config["table"] is not None:
        write_table(Path(str(config["table"])), scores)
    figures = {"suite": "success", "checkpoint": checkpoint.identity, "source": checkpoint.about["source"], **asdict(report)}
    if config["json"]:
        console.print(json.dumps(figures), markup=False, soft_wrap=True)
        return
    table = Table(show_header=False, box=None)
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:.4f}" if isinstance(value, float) else str(value))
    console.print(table)


if __name__ == "__main__":
    run(main)
