"""python -m oor.lift "a teapot pours into a teacup": images of a relation become 3D samples of it."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from oor.backends import (
    GROUPS,
    check_backends,
    common,
    expanded,
    first_commands,
    model_table,
    needed,
    read_backends,
    schema,
)
from oor.doors import configuration, run, split_arguments, whole_number, worker_count, yes_or_no
from oor.files import write_text

if TYPE_CHECKING:
    from lifting.items import Item
    from lifting.pipeline import Pipeline
    from lifting.results import Outcome
    from oor.catalog.contexts import Context

MARK = "run.json"  # what says that a folder is a run's
SHOWN = 12  # contexts in the table at the end
HELP = """\
python -m oor.lift "<sentence>" ["<sentence>" ...] out=FOLDER [key=value ...]
python -m oor.lift contexts=40 out=FOLDER [key=value ...]

Makes 3D samples of relations from images: views around each, structure from motion, masks and features, templates, registration.

  python -m oor.lift "a teapot pours into a teacup" out=runs/lift images=8
  python -m oor.lift contexts=40 out=runs/many images=16 frames=2 views.inconsistency=0.25
  python -m oor.lift "a mug on a table" out=runs/known structure=oracle masks=oracle features=oracle
  python -m oor.lift "a teapot pours into a teacup" out=runs/mine image=folder image.path=photos views=folder views.path=turns
  python -m oor.lift "a teapot pours into a teacup" out=runs/paper pipeline=paper dry_run=true
  python -m oor.train samples=[runs/lift/samples.parquet] out=runs/learned

settings: images=8 (scenes of each context)  frames=1 (of each scene's motion)  seed=0  workers=<cores>  report=true
          contexts=<how many of the catalog's>  catalog=<folder of your own categories>
backends: image=embedded|folder|flux|flux_dev    views=embedded|folder|sv3d|turntable    structure=colmap|oracle|vggsfm|vggt
          masks=embedded|oracle|sam2    features=embedded|oracle|dino|sd_dino    judge=outline|vlm
          pipeline=paper|open chooses all; dry_run=true says which models that takes, on what terms, and what to do first
          each has settings of its own, such as views.views=21 or image.studio.size_px=576 (configs/<stage>/*.yaml)
writes:   samples.parquet, rejected.csv (who was lost where, and why), yields.json, licences.json, report.html, and
          items/<item>/<stage>/

Weights of your own for masks=embedded and features=embedded: `python -m oor.train recipe=descriptor out=runs/descriptor` makes
them, masks.weights= and features.weights= take them. An oracle looks at the truth, so what it helps to make is no result.

Interrupted runs (Ctrl-C, SIGTERM, a crash) go on where they stopped when the same command is given again; the samples are the
same, byte for byte. What other settings leave as it was is not made again."""


@dataclass(frozen=True)
class Request:
    """A checked command line. settings: of the samples, whatever the number of workers."""

    items: list[Item]
    pipeline: Pipeline
    workers: int
    report: bool
    settings: dict[str, Any]
    warnings: tuple[str, ...]


def main(arguments: list[str]) -> None:
    """Parse, lift, gather, and say where."""
    console = Console(highlight=False, emoji=False)  # names stand as they are
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        console.print(HELP, markup=False)
        return
    if split_arguments(arguments)[1].get("dry_run", "false").lower() != "false":
        show_plan(arguments, console)
        return
    request = read_request(arguments)
    out = request.pipeline.out
    try:
        outcomes = lift(request, "python -m oor.lift " + " ".join(arguments))
        files = written(request, outcomes)
    except OSError as error:
        if error.filename is None and error.strerror:  # a full disk does not say where
            raise OSError(error.errno, error.strerror, str(out)) from None
        raise
    for table in tables(outcomes):
        console.print(table)
    console.print(f"files     {out}/{', '.join(files)}", markup=False, soft_wrap=True)
    for warning in request.warnings:
        console.print(f"warning: {warning}", markup=False)


def read_request(arguments: list[str]) -> Request:
    """Everything that can be wrong with a command line is found here, before anything is computed or written."""
    sentences, pairs, _ = split_arguments(arguments)
    pairs = expanded(pairs)
    if "out" not in pairs:
        raise ValueError("no output folder; say where to write, such as out=runs/lift")
    values = configuration("lift", pairs, schema(pairs))
    out = Path(str(values["out"]))
    refuse_foreign(out)
    images, frames = whole_number("images", values["images"], 1, 100_000), whole_number("frames", values["frames"], 1, 100)
    seed = whole_number("seed", values["seed"], 0, 2**31)
    report = yes_or_no("report", values["report"])
    catalog = None if values["catalog"] is None else Path(str(values["catalog"]))
    backends = read_backends(values, pairs)
    check_backends(backends, frames)
    alone = values["workers"] is None and needed(backends)  # each process would load models of its own
    workers = 1 if alone else worker_count(values["workers"])

    from lifting.backends.folder import FolderImages
    from lifting.items import drawn_items
    from lifting.pipeline import Pipeline, settings_of

    if catalog is not None:
        from oor.catalog.folder import add_folder

        add_folder(catalog)
    reader = Reader()
    if isinstance(backends.image, FolderImages):
        if len(sentences) > 1 or values["contexts"] is not None:
            raise ValueError("a folder of pictures takes one sentence for all, or one in a .txt beside each")
        items = backends.image.items(sentences[0] if sentences else None, reader.context, seed)
    else:
        items = drawn_items(asked_contexts(sentences, values["contexts"], reader), images, frames, seed)
    settings = {name: settings_of(getattr(backends, name)) for name in (*GROUPS, *common())}
    told = {"lift": json.loads(json.dumps(settings))}
    if backends.oracles:
        told["oracles"] = backends.oracles
        reader.warnings.append(f"{', '.join(backends.oracles)}: oracles, which look at the truth; these samples are no result")
    return Request(items, Pipeline(backends, out, catalog, report), workers, report, told, tuple(dict.fromkeys(reader.warnings)))


def show_plan(arguments: list[str], console: Console) -> None:
    """Which models a run takes, what they may be used for, and what to do first. Nothing is loaded, asked for or written."""
    pairs = expanded(split_arguments(arguments)[1])
    values = configuration("lift", pairs, schema(pairs))
    yes_or_no("dry_run", values["dry_run"])
    backends = read_backends(values, pairs)
    models = needed(backends)
    for group in GROUPS:
        console.print(f"{group:<10}{type(getattr(backends, group)).__name__}", markup=False)
    console.print(model_table(models) if models else "no pretrained models are needed")
    largest = max((one.memory_gb or 0 for one in models), default=0)
    if models:
        console.print(f"One stage's models are loaded at a time: the largest takes about {largest:g} GB of GPU memory, less "
                      "with hardware.offload=model. May be sold: whether what the model makes may be.", soft_wrap=True)
    for command in first_commands(backends):
        console.print(f"  {command}", markup=False, soft_wrap=True)


class Reader:
    """Reads sentences, and keeps what is doubtful about them."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def context(self, sentence: str) -> Context:
        """What a sentence says. ValueError where it names no two objects that have templates."""
        from diffusion.text_reader import nearness
        from oor.catalog.category import categories
        from oor.catalog.contexts import Context
        from oor.catalog.frames import missing_frames
        from oor.query import parse_query

        query = parse_query(sentence, nearness=nearness)
        self.warnings += [f"{sentence!r}: {warning}" for warning in query.warnings]
        names = {"target": query.target, "base": query.base}
        lacking = missing_frames(query.predicate, categories()[query.target], categories()[query.base])
        for role, frames in lacking.items():
            raise ValueError(f"{sentence!r} cannot be drawn or judged: the catalog knows no {' and no '.join(frames)} of "
                             f"{names[role]}; ask for another pair")
        return Context(query.target, query.predicate, query.base)


def asked_contexts(sentences: Sequence[str], count: Any, reader: Reader) -> list[Context]:
    """Those of the sentences, or so many of the catalog's. ValueError for both and for none."""
    from oor.catalog.splits import evenly, training_contexts

    if (count is not None) == bool(sentences):
        what = "not both" if sentences else 'such as "a teapot pours into a teacup"'
        raise ValueError(f"give sentences or contexts=<how many>, {what}")
    if count is not None:
        return list(evenly(training_contexts(), whole_number("contexts", count, 1, 10_000)))
    if len(sentences) > 1 and not any(" " in sentence for sentence in sentences):
        raise ValueError(f"expected sentences, got {len(sentences)} words; put each sentence in quotes")
    return list(dict.fromkeys(reader.context(sentence) for sentence in sentences))


def refuse_foreign(out: Path) -> None:
    """ValueError if `out` cannot become a run's folder: it is a file, cannot be written, or holds something else."""
    from oor.sample import check_writable

    check_writable(out)
    if out.is_dir() and any(out.iterdir()) and not _is_run(out / MARK):
        raise ValueError(f"out={out} holds files that are no lifting run's; choose another out=")


def _is_run(mark: Path) -> bool:
    try:
        return "oor.lift" in json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def lift(request: Request, command: str) -> list[Outcome]:
    """What came of each item, in their order."""
    from lifting.phases import phases
    from lifting.workers import work_through
    from oor import __version__

    told = {"oor.lift": __version__, "command": command, "items": len(request.items), **request.settings}
    write_text(request.pipeline.out / MARK, json.dumps(told, indent=1) + "\n")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
               TextColumn("{task.fields[counts]}"))
    outcomes: dict[str, Outcome] = {}
    counts: Counter[str] = Counter()
    with Progress(*columns, console=Console(stderr=True)) as progress, stops_at_sigterm():
        for phase, items in phases(request.pipeline, request.items):
            task = progress.add_task(phase.name, total=len(items), counts="")
            for _ in work_through(items, phase, request.workers):
                progress.update(task, advance=1)
        task = progress.add_task("lifting", total=len(request.items), counts="")
        for item, outcome in work_through(request.items, request.pipeline, request.workers):
            outcomes[item.name] = outcome
            counts[outcome.reason or "accepted"] += 1
            progress.update(task, advance=1, counts=", ".join(f"{name} {n}" for name, n in counts.most_common(4)))
    return [outcomes[item.name] for item in request.items]


@contextmanager
def stops_at_sigterm() -> Iterator[None]:
    """SIGTERM interrupts as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():  # nobody else may set handlers
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def written(request: Request, outcomes: list[Outcome]) -> list[str]:
    """Write the samples, the tables and the report; the names of these files."""
    from lifting.results import gather

    out = request.pipeline.out
    gather(out, outcomes, request.settings)
    models = [asdict(one) for one in needed(request.pipeline.backends)]
    write_text(out / "licences.json", json.dumps(models, indent=1) + "\n")
    files = ["samples.parquet", "rejected.csv", "yields.json", "licences.json"]
    if not request.report:
        return files
    from lifting.report import write_report

    write_report(out, outcomes, request.settings)
    return [*files, "report.html"]


def tables(outcomes: Sequence[Outcome]) -> Iterator[Table]:
    """How many passed each stage and why the others did not, over all; then a line for each context, if they are few."""
    from lifting.results import yields

    told = yields(outcomes)
    every = told["all"]
    stages = Table("stage", "passed", "seconds each", "lost", box=None)
    for name, seconds in every["seconds"].items():
        passed = f"{every['passed'][name]} of {every['items']}" if name in every["passed"] else ""
        reasons = ", ".join(f"{reason} {count}" for reason, count in every["reasons"].get(name, {}).items())
        stages.add_row(name, passed, f"{seconds / every['items']:.2f}", reasons)
    yield stages
    if 1 < len(told["contexts"]) <= SHOWN:
        rows = Table("context", "accepted", "lost", box=None)
        for name, own in told["contexts"].items():
            lost = Counter({reason: count for counts in own["reasons"].values() for reason, count in counts.items()})
            rows.add_row(name, f"{own['accepted']} of {own['items']}", ", ".join(f"{reason} {n}" for reason, n in lost.items()))
        yield rows


if __name__ == "__main__":
    run(main)
