"""python -m oor.sample "a teapot pours into a teacup": a sentence becomes 3D layouts."""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from oor.doors import configuration, known_numbers, number, run, split_arguments, whole_number, yes_or_no

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from diffusion.guidance import Known
    from diffusion.sampling import Solver
    from oor.layout import LayoutSet
    from oor.query import RelationQuery
    from scenes.assets import Asset

STARTED = time.perf_counter()
MAX_SAMPLES = 1000
STEPS = {"student": 3}  # of samplers that do not take twelve
TRIES = 8  # times as many samples as are wanted, before those that do not hold must do
SHOWN = 16  # layouts on the contact sheet
LONG = 50  # files that take long enough to show progress
HELP = """\
python -m oor.sample "<sentence>" [key=value ...] [--target-mesh FILE] [--base-mesh FILE]

Samples 3D layouts of two objects from a sentence that says how they relate. Works offline.

  python -m oor.sample "a teapot pours into a teacup"
  python -m oor.sample "a mug to the left of a laptop" num_samples=16 seed=3
  python -m oor.sample "the hammer is about to hit a nail" out=hammer
  python -m oor.sample "a kettle fills my mug" --base-mesh mug.obj

  python -m oor.sample "a mug on a shelf" known=t_x=0.3,target_y=0.2

settings: num_samples=8 (1 to 1000)   seed=0   out=outputs/<sentence>   checkpoint=<file>
          catalog=<folder of your own categories>
          temperature=1 (below: closer to what is most usual)   check=true (keep only what geometry says holds)
          sampler=<dpm, heun, euler, rk45 or student; default: what the checkpoint is made for>   steps=12 (a student's 3)
          likelihood=false (write how likely each sample is)
          known=<number>=<value>,... of r_xx ... t_x t_y t_z, target_x ..., base_x ... (units of the base's longest edge)
meshes:   glb, gltf, obj, off, ply, stl; y up, turned as the template of that category is (front along +z)
writes:   layout.json, sample_000.glb ... (a node per object), preview.png"""


@dataclass(frozen=True)
class Request:
    """A checked command line."""

    query: RelationQuery
    target: Asset
    base: Asset
    num_samples: int
    seed: int
    solver: Solver
    known: Known | None
    check: bool
    likelihood: bool
    out: Path
    checkpoint: Path | None


@dataclass(frozen=True)
class Outcome:
    """What a request gave: layouts, the solver, how many of the tried held by geometry (None if nobody looked), and seconds."""

    layouts: LayoutSet
    solver: str
    held: tuple[int, int] | None
    loading: float
    sampling: float


def main(arguments: list[str]) -> None:
    """Parse, sample, write, and say where."""
    console = Console(highlight=False, emoji=False)  # names stand as they are
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        console.print(HELP, markup=False)
        return
    request = read_request(arguments)
    ready = time.perf_counter()
    outcome = sample(request)
    write(request, outcome.layouts)
    done = time.perf_counter()
    seconds = {
        "checking": ready - STARTED,
        "loading": outcome.loading,
        "sampling": outcome.sampling,
        "writing": done - ready - outcome.loading - outcome.sampling,
    }
    console.print(report(request, outcome, seconds))
    last = f" ... sample_{request.num_samples - 1:03d}.glb" if request.num_samples > 1 else ""
    files = f"files     {request.out}/layout.json, preview.png, sample_000.glb{last}"
    console.print(files, markup=False, soft_wrap=True)  # a path that is cut cannot be copied
    for warning in outcome.layouts.warnings:
        console.print(f"warning: {warning}", markup=False)


def read_request(arguments: list[str]) -> Request:
    """Everything that can be wrong with a command line is found here, before anything is computed or written."""
    words, pairs, meshes = split_arguments(arguments, ("target-mesh", "base-mesh"))
    if len(words) != 1:
        hint = "put the sentence in quotes" if words else 'give a sentence, such as "a teapot pours into a teacup"'
        raise ValueError(f"expected one sentence, got {len(words)}; {hint}")
    config = configuration("sample", pairs)
    num_samples = whole_number("num_samples", config["num_samples"], 1, MAX_SAMPLES)
    seed = whole_number("seed", config["seed"], 0, 2**53)
    sampler = config["sampler"]
    steps = whole_number("steps", STEPS.get(sampler, 12) if config["steps"] is None else config["steps"], 1, 1000)
    temperature = number("temperature", config["temperature"], 0.0, 2.0)

    from diffusion.sampling import Solver
    from diffusion.text_reader import nearness
    from oor.query import parse_query
    from scenes.assets import file_asset, template_asset

    if config["catalog"] is not None:
        from oor.catalog.folder import add_folder

        add_folder(Path(str(config["catalog"])))
    query = parse_query(words[0], target_mesh="target-mesh" in meshes, base_mesh="base-mesh" in meshes, nearness=nearness)
    target, base = (
        file_asset(Path(meshes[role]), category) if role in meshes else template_asset(category)
        for role, category in (("target-mesh", query.target), ("base-mesh", query.base))
    )
    out = Path(str(config["out"])) if config["out"] is not None else Path("outputs") / slug(query.prompt)
    check_writable(out)
    checkpoint = None if config["checkpoint"] is None else Path(str(config["checkpoint"]))
    return Request(
        query,
        target,
        base,
        num_samples,
        seed,
        Solver(sampler, steps, temperature),
        known_of(config["known"], meshes, sampler),
        yes_or_no("check", config["check"]) and not unjudged(query, target, base),
        yes_or_no("likelihood", config["likelihood"]),
        out,
        checkpoint,
    )


def unjudged(query: RelationQuery, target: Asset, base: Asset) -> str:
    """Why geometry cannot say whether the relation holds, as it takes frames that only the catalog's templates have; else ""."""
    from oor.catalog.category import categories
    from oor.catalog.frames import missing_frames

    if target.file is not None or base.file is not None:
        return "the geometry of your own meshes is not known by name"
    names = {"target": query.target, "base": query.base}
    lacking = missing_frames(query.predicate, categories()[query.target], categories()[query.base])
    return "; ".join(f"the catalog knows no {' and no '.join(frames)} of {names[role]}" for role, frames in lacking.items())


def known_of(text: str | None, meshes: dict[str, str], sampler: str | None) -> Known | None:
    """The numbers that are given. ValueError for sizes of objects with meshes of their own, and for a student."""
    from diffusion.guidance import Known

    if text is None:
        return None
    if sampler == "student":
        raise ValueError("known= leads a sampler along its way, and a student goes none; take sampler=dpm with it")
    known = Known(known_numbers(text))
    for role in ("target", "base"):
        sizes = [name for name in known.values if name.startswith(f"{role}_")]
        if sizes and f"{role}-mesh" in meshes:
            raise ValueError(
                f"known={sizes[0]} is a size of the {role}, whose mesh has proportions of its own; give only one of both"
            )
    return known


def slug(sentence: str) -> str:
    """A folder name that says the sentence."""
    return "-".join(re.findall(r"[a-z0-9]+", sentence.lower()))[:60].strip("-") or "layout"


def check_writable(out: Path) -> None:
    """Raise OSError or ValueError if `out` cannot become a folder with files in it; leave no trace."""
    existing = out
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise ValueError(f"out={out} cannot be a folder, because {existing} is a file; choose another out=")
    try:
        with tempfile.NamedTemporaryFile(dir=existing):
            pass
    except OSError as error:
        reason = (error.strerror or "no access").lower()
        raise ValueError(f"out={out} cannot be written ({reason}); choose another out=") from None


def sample(request: Request) -> Outcome:
    """The layouts, and the seconds that loading and sampling took."""
    start = time.perf_counter()
    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.generation import relation_blocks
    from diffusion.likelihood import log_likelihood
    from diffusion.student import load_student
    from diffusion.text_encoder import Condition, load_text_encoder
    from oor.catalog.category import categories
    from oor.layout import LayoutSet
    from oor.relation import pack, unpack
    from scenes.pairs import layouts, on_instances

    query = request.query
    checkpoint = load_checkpoint(request.checkpoint or SHIPPED)
    if request.solver.sampler == "student":
        checkpoint = load_student(checkpoint)
    encoder = load_text_encoder(checkpoint.text_encoder)
    loaded = time.perf_counter()
    condition = Condition(query.prompt, query.target, query.base, query.predicate)
    blocks = relation_blocks(checkpoint, encoder, condition, seed=request.seed, solver=request.solver, known=request.known)
    vectors, held = chosen(request, blocks)
    relation = on_instances(unpack(vectors), request.target, request.base)
    likely = log_likelihood(checkpoint, encoder, [condition], pack(relation))[0].tolist() if request.likelihood else None
    sampled = time.perf_counter()
    samples = layouts(relation, request.target, request.base, predicate=query.predicate, prompt=query.prompt, likely=likely)
    asked = {
        "prompt": query.prompt,
        "target": query.target,
        "predicate": query.predicate,
        "base": query.base,
        "familiarity": query.familiarity,
        "nearest_context": str(query.nearest),
    }
    short = held is not None and held[0] < request.num_samples
    doubt = (f"geometry says that only {held[0]} of {held[1]} samples hold; the others here do not",) if held and short else ()
    result = LayoutSet(
        samples,
        seed=request.seed,
        checkpoint=checkpoint.identity,
        query=asked,
        warnings=(*query.warnings, *doubt),
        metres_per_unit=categories()[query.base].typical_m,
    )
    return Outcome(result, request.solver.described(checkpoint.noise), held, loaded - start, sampled - loaded)


def chosen(request: Request, blocks: Iterator[Tensor]) -> tuple[Tensor, tuple[int, int] | None]:
    """As many vectors as asked for, of those that geometry accepts if that is to be checked, and how many it took."""
    from itertools import islice

    import torch

    from diffusion.generation import BLOCK, accepted_relations
    from oor.catalog.contexts import Context
    from scenes.metrics import holds

    count = request.num_samples
    if not request.check:
        return torch.cat(list(islice(blocks, -(-count // BLOCK))))[:count], None
    context = Context(request.query.target, request.query.predicate, request.query.base)
    vectors, held, tried = accepted_relations(
        blocks, lambda block: torch.from_numpy(holds(context, block)), count, TRIES * (BLOCK + count)
    )
    return vectors, (held, tried)


def write(request: Request, layouts: LayoutSet) -> None:
    """All files, those of an earlier run replaced."""
    from oor.files import filled_folder
    from oor.layout import write_layout
    from oor.rendering import write_png
    from scenes.export import export_glb, preview

    first = layouts.samples[0]
    assets = {item.id: asset for item, asset in zip(first.objects, (request.target, request.base), strict=True)}
    with filled_folder(request.out, "sample_[0-9][0-9][0-9].glb") as folder:
        write_layout(folder / "layout.json", layouts)
        console = Console(stderr=True)
        rows = track(layouts.samples, "writing", console=console, transient=True, disable=len(layouts.samples) < LONG)
        for i, layout in enumerate(rows):
            export_glb(folder / f"sample_{i:03d}.glb", layout, assets)
        write_png(folder / "preview.png", preview(layouts.samples[:SHOWN], assets))


def report(request: Request, outcome: Outcome, seconds: dict[str, float]) -> Table:
    """The short table a run ends with."""
    from oor.catalog.splits import training_contexts

    query, held = request.query, outcome.held
    same = str(query.nearest) == f"{query.target} {query.predicate} {query.base}"
    seen = {name for context in training_contexts() for name in (context.target, context.base)}
    strangers = [name for name in (query.target, query.base) if name not in seen]
    doubt = f"; no {' and no '.join(strangers)} was trained, look before you trust it" if strangers else ""
    far = {
        "known": "known: trained on",
        "near": "near: trained on, with other words" if same else f'near: new, closest trained is "{query.nearest}"{doubt}',
        "far": f'FAR from what was trained, taken as "{query.nearest}"; look before you trust it'
        if same
        else f'FAR from what was trained, closest is "{query.nearest}"; look before you trust it',
    }
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("query", Text.assemble(f"{query.target} ", (query.predicate, "bold"), f" {query.base}"))
    table.add_row("distance", Text(far[query.familiarity]))
    table.add_row("samples", f"{request.num_samples}, seed {request.seed}, {outcome.solver}")
    why = unjudged(query, request.target, request.base)
    unchecked = f"not checked: {why}" if why else "not checked"
    table.add_row("geometry", unchecked if held is None else f"{held[0]} of {held[1]} hold")
    table.add_row(
        "seconds", f"{sum(seconds.values()):.2f} = " + " + ".join(f"{name} {value:.2f}" for name, value in seconds.items())
    )
    return table


if __name__ == "__main__":
    run(main)
