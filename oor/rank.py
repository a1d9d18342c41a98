"""python -m oor.rank layout.json ["a sentence" ...]: how likely each layout is, and which sentence suits it best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from oor.doors import configuration, run, split_arguments, whole_number, yes_or_no

if TYPE_CHECKING:
    from oor.layout import LayoutSet
    from oor.query import RelationQuery

HELP = """\
python -m oor.rank layout.json ["<sentence>" ...] [key=value ...]

Says how likely each sample of a layout file is under each sentence: natural logarithms of densities, larger is likelier. One
sentence ranks the samples; several tell which of them describes a sample best. Without a sentence, the file's own counts.

  python -m oor.rank outputs/a-teapot-pours-into-a-teacup/layout.json
  python -m oor.rank mug/layout.json "a mug left of a laptop" "a mug right of a laptop"
  python -m oor.rank edited.json "a kettle fills a mug" json=true

settings: steps=48 (of the integral; more are more exact)   checkpoint=<file>   catalog=<folder>   json=false"""


def main(arguments: list[str]) -> None:
    """Read, measure, and print a table or one JSON line."""
    console = Console(highlight=False, emoji=False)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        console.print(HELP, markup=False)
        return
    words, pairs, _ = split_arguments(arguments)
    if not words:
        raise ValueError("no layout file; give one, such as outputs/a-teapot-pours-into-a-teacup/layout.json")
    config = configuration("rank", pairs)
    steps, as_json = whole_number("steps", config["steps"], 1, 1000), yes_or_no("json", config["json"])
    if config["catalog"] is not None:
        from oor.catalog.folder import add_folder

        add_folder(Path(str(config["catalog"])))
    from oor.layout import read_layout

    layouts = read_layout(words[0])
    if not layouts.samples:
        raise ValueError(f"{words[0]} holds no samples; sample some with `python -m oor.sample`")
    sentences = words[1:] or [str(layouts.query.get("prompt") or _no_sentence(words[0]))]
    answer = ranked(layouts, sentences, config["checkpoint"], steps)
    if as_json:
        console.print(json.dumps(answer), markup=False, soft_wrap=True)
    else:
        console.print(table(answer))


def ranked(layouts: LayoutSet, sentences: list[str], checkpoint_file: str | None, steps: int) -> dict[str, Any]:
    """Sentences; samples, the likeliest first, with their log-likelihood under each sentence."""
    from diffusion.checkpoint import SHIPPED, load_checkpoint
    from diffusion.text_encoder import load_text_encoder
    from diffusion.text_reader import nearness
    from oor.query import parse_query
    from scenes.ranking import log_likelihoods

    queries: list[RelationQuery] = [parse_query(sentence, nearness=nearness) for sentence in sentences]
    checkpoint = load_checkpoint(SHIPPED if checkpoint_file is None else Path(str(checkpoint_file)))
    encoder = load_text_encoder(checkpoint.text_encoder)
    nats = log_likelihoods(checkpoint, encoder, layouts.samples, queries, steps=steps)
    order = nats.amax(dim=1).argsort(descending=True, stable=True).tolist()
    rows = [{"sample": i, "log_likelihood": nats[i].tolist(), "best": sentences[int(nats[i].argmax())]} for i in order]
    return {"checkpoint": checkpoint.identity, "sentences": sentences, "samples": rows}


def table(answer: dict[str, Any]) -> Table:
    """For people."""
    shown = Table(box=None, pad_edge=False)
    shown.add_column("sample", justify="right")
    for sentence in answer["sentences"]:
        shown.add_column(Text(sentence), justify="right")
    for row in answer["samples"]:
        marked = [
            f"[bold]{nats:.1f}[/]" if sentence == row["best"] else f"{nats:.1f}"
            for nats, sentence in zip(row["log_likelihood"], answer["sentences"], strict=True)
        ]
        shown.add_row(str(row["sample"]), *marked)
    return shown


def _no_sentence(file: str) -> str:
    raise ValueError(f"{file} names no sentence of its own; give one")


if __name__ == "__main__":
    run(main)
