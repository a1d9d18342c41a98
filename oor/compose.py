"""python -m oor.compose "a monitor on a desk, a keyboard in front of the monitor": sentences become scenes of many objects."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from oor.doors import configuration, did_you_mean, run, split_arguments, whole_number, yes_or_no
from oor.sample import check_writable, slug

if TYPE_CHECKING:
    from diffusion.sampling import Solver
    from oor.layout import LayoutSet
    from oor.scene_text import Scene
    from scenes.assets import Asset
    from scenes.recipes import Recipe

STARTED = time.perf_counter()
MAX_SAMPLES, MAX_CANDIDATES = 100, 1000
FEWEST = 16  # candidates, where nobody says how many
SAMPLERS = ("dpm", "heun", "euler")
SIZE_PX, COLUMNS = 360, 2  # of a preview's pictures, and scenes in its rows
HELP = """\
python -m oor.compose "<sentences>" [out=FOLDER] [key=value ...]
python -m oor.compose scene.yaml [out=FOLDER] [key=value ...]

Samples 3D scenes of three and more objects from sentences that say how they relate. Works offline.

  python -m oor.compose "a monitor on a desk, a keyboard on the desk and in front of the monitor" out=desk
  python -m oor.compose "two chairs at a table, a plate on the table, a fork to the left of the plate"
  python -m oor.compose "a teapot pours into a teacup on a table. A plate is on the table." num_samples=8 seed=3
  python -m oor.compose "the left mug on a desk, the right mug on the desk, a pencil in the left mug"

Sentences end at commas, semicolons, full stops and "and". "The X", and "a X" said again, are the X of before; "another X", "a
second X" and "two X" make new ones; "the left X", "the red X", "X 2" and "the first X" tell them apart. Every object must be
placed by others, directly or not, except one; and none by itself.

settings: num_samples=4 (scenes to keep, 1 to 100)   candidates=16 (sampled scenes, of which the best are kept)   seed=0
          method=ours (or paper: Eq. 10; independent: every relation alone, places averaged)
          collision=true, consistency=true (what scenes are led by)
          check=true (keep scenes first in which geometry says that all relations hold)
          likelihood=false (write how likely each relation is)   sampler=<dpm, heun or euler>   steps=12
          checkpoint=<file>   catalog=<folder of your own categories>   out=outputs/<sentences>
a file:   objects: {left_cup: teacup}
          relations: ["a saucer on a table", {target: left_cup, predicate: "on", base: saucer}]
writes:   layout.json, scene.glb (the best; a node per object), scene_001.glb ... (the others), preview.png"""


@dataclass(frozen=True)
class Request:
    """A checked command line."""

    scene: Scene
    num_samples: int
    candidates: int
    seed: int
    recipe: Recipe
    solver: Solver
    check: bool
    likelihood: bool
    out: Path
    checkpoint: Path | None


@dataclass(frozen=True)
class Outcome:
    """What a request gave: kept scenes, which relations hold in all candidates (e, k) if geometry can say, and seconds."""

    layouts: LayoutSet
    assets: dict[str, Asset]
    holding: np.ndarray | None
    kept: list[int]
    deepest: float
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
    outcome = compose(request)
    write(request, outcome)
    done = time.perf_counter()
    writing = done - ready - outcome.loading - outcome.sampling
    seconds = {"checking": ready - STARTED, "loading": outcome.loading, "sampling": outcome.sampling, "writing": writing}
    for table in tables(request, outcome, seconds):
        console.print(table)
    last = request.num_samples - 1
    more = {0: "", 1: ", scene_001.glb"}.get(last, f", scene_001.glb ... scene_{last:03d}.glb")
    console.print(f"files      {request.out}/layout.json, preview.png, scene.glb{more}", markup=False, soft_wrap=True)
    for warning in outcome.layouts.warnings:
        console.print(f"warning: {warning}", markup=False)


def read_request(arguments: list[str]) -> Request:
    """Everything that can be wrong with a command line is found here, before anything is computed or written."""
    words, pairs, _ = split_arguments(arguments)
    if len(words) != 1:
        hint = "put the sentences in quotes" if words else 'give some, such as "a mug on a table, a book to the left of the mug"'
        raise ValueError(f"expected one text, got {len(words)}; {hint}")
    config = configuration("compose", pairs)
    num_samples = whole_number("num_samples", config["num_samples"], 1, MAX_SAMPLES)
    candidates = max(FEWEST, 2 * num_samples) if config["candidates"] is None else config["candidates"]
    candidates = whole_number("candidates", candidates, num_samples, MAX_CANDIDATES)
    seed, steps = whole_number("seed", config["seed"], 0, 2**53), whole_number("steps", config["steps"], 2, 1000)
    flags = {name: yes_or_no(name, config[name]) for name in ("collision", "consistency", "check", "likelihood")}
    if config["sampler"] not in (None, *SAMPLERS):
        raise ValueError(f"sampler={config['sampler']} is not possible{did_you_mean(str(config['sampler']), SAMPLERS)}")
    recipe = recipe_of(config["method"], flags)
    out = None if config["out"] is None else Path(str(config["out"]))
    scene = read(words[0], None if config["catalog"] is None else Path(str(config["catalog"])))
    out = out or Path("outputs") / slug(scene.text)
    check_writable(out)

    from diffusion.sampling import Solver

    checkpoint = None if config["checkpoint"] is None else Path(str(config["checkpoint"]))
    solver = Solver(config["sampler"], steps)
    return Request(scene, num_samples, candidates, seed, recipe, solver, flags["check"], flags["likelihood"], out, checkpoint)


def recipe_of(name: Any, flags: dict[str, bool]) -> Recipe:
    """A recipe by its name, without the energies that are switched off."""
    from dataclasses import replace

    from scenes.recipes import RECIPES

    if name not in RECIPES:
        raise ValueError(f"method={name} is not possible{did_you_mean(str(name), list(RECIPES))}")
    return replace(RECIPES[name], collision=flags["collision"], inconsistency=flags["consistency"])


def read(text: str, catalog: Path | None) -> Scene:
    """The scene of a text or of a YAML file, after the folder of one's own categories is added."""
    from diffusion.text_reader import nearness
    from oor.scene_file import read_scene_file
    from oor.scene_text import read_scene

    if catalog is not None:
        from oor.catalog.folder import add_folder

        add_folder(catalog)
    return read_scene_file(Path(text), nearness) if text.endswith((".yaml", ".yml")) else read_scene(text, nearness)


def compose(request: Request) -> Outcome:
    """The scenes, and the seconds that loading and sampling took."""
    start = time.perf_counter()
    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.likelihood import log_likelihood
    from diffusion.text_encoder import load_text_encoder
    from oor.catalog.category import categories
    from oor.layout import LayoutSet
    from scenes.assets import template_asset
    from scenes.compose import conditions_of, judged, layouts_of, ranked, sample_jointly, unjudged

    graph = request.scene.graph
    checkpoint = load_checkpoint(request.checkpoint or SHIPPED)
    encoder = load_text_encoder(checkpoint.text_encoder)
    loaded = time.perf_counter()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("scenes", total=request.candidates)
        samples = sample_jointly(checkpoint, encoder, graph, request.candidates, recipe=request.recipe, seed=request.seed,
                                 solver=request.solver, advance=lambda n: progress.advance(task, n))
    doubts = unjudged(graph)
    holding = None if doubts else judged(graph, samples.vectors)
    kept = ranked(samples, request.num_samples, holding if request.check else None)
    likely = log_likelihood(checkpoint, encoder, conditions_of(graph), samples.vectors[:, kept]) if request.likelihood else None
    assets = {node: template_asset(category) for node, category in graph.categories.items()}
    layouts = layouts_of(graph, samples, kept, assets, likely)
    sampled = time.perf_counter()
    warnings = [*request.scene.warnings, *(f"not checked by geometry: {doubt}" for doubt in doubts)]
    if holding is not None and not holding[:, kept].all():
        bad = len(kept) - int(holding[:, kept].all(axis=0).sum())
        warnings.append(f"geometry says that {bad} of the {len(kept)} scenes do not hold in every relation; try more candidates")
    asked = {"text": request.scene.text, "method": request.recipe.guidance, "candidates": request.candidates,
             "relations": [f"{edge.target} {edge.predicate} {edge.base}" for edge in graph.edges],
             "familiarity": list(request.scene.familiarity), "energy": samples.energy[kept].tolist()}
    metres = categories()[graph.categories[graph.root]].typical_m
    result = LayoutSet(layouts, seed=request.seed, checkpoint=checkpoint.identity, query=asked, warnings=tuple(warnings),
                       metres_per_unit=metres)
    deepest = float(samples.collision[kept].max())
    return Outcome(result, assets, holding, kept, deepest, loaded - start, sampled - loaded)


def write(request: Request, outcome: Outcome) -> None:
    """All files, those of an earlier run replaced."""
    from oor.files import filled_folder
    from oor.layout import write_layout
    from oor.rendering import write_png
    from scenes.export import export_glb, preview

    layouts = outcome.layouts.samples
    with filled_folder(request.out, "scene*.glb") as folder:
        write_layout(folder / "layout.json", outcome.layouts)
        for i, layout in enumerate(layouts):
            export_glb(folder / (f"scene_{i:03d}.glb" if i else "scene.glb"), layout, outcome.assets)
        write_png(folder / "preview.png", preview(layouts[:8], outcome.assets, size_px=SIZE_PX, columns=COLUMNS))


def tables(request: Request, outcome: Outcome, seconds: dict[str, float]) -> list[Table]:
    """What was understood, relation by relation, and the short table a run ends with."""
    graph, holding = request.scene.graph, outcome.holding
    relations = Table("relation", "distance", "holds in the kept", "in all", box=None, pad_edge=False)
    far = {"known": "known", "near": "near what was trained", "far": "FAR from what was trained"}
    for e, edge in enumerate(graph.edges):
        shares = ("?", "?") if holding is None else (f"{holding[e, outcome.kept].sum()} of {len(outcome.kept)}",
                                                     f"{holding[e].sum()} of {holding.shape[1]}")
        said = Text.assemble(f"{edge.target} ", (edge.predicate, "bold"), f" {edge.base}")
        relations.add_row(said, far[request.scene.familiarity[e]], *shares)
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("objects", f"{len(graph.categories)}, placed from {graph.root}")
    how = f"seed {request.seed}, method {request.recipe.guidance}, {request.solver.steps} steps"
    table.add_row("scenes", f"{request.num_samples} kept of {request.candidates}, {how}")
    if holding is not None:
        whole = np.asarray(holding.all(axis=0))
        kept = f"{whole[outcome.kept].sum()} of {len(outcome.kept)} kept"
        table.add_row("geometry", f"all relations hold in {kept}, {whole.sum()} of {len(whole)} sampled")
    table.add_row("collisions", f"deepest {outcome.deepest:.1%} of the smaller object, of those that no sentence relates")
    parts = " + ".join(f"{name} {value:.2f}" for name, value in seconds.items())
    table.add_row("seconds", f"{sum(seconds.values()):.2f} = {parts}")
    return [relations, table]


if __name__ == "__main__":
    run(main)
