"""`report.html`: what a run came to, for people. It opens offline; its pictures lie beside it in the items' folders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from lifting.results import SHEET, Outcome, yields
from lifting.scoring import SampleError
from oor.files import write_text

ITEMS = "items"
SHOWN = 400  # items of each kind with their pictures; the tables count all
HISTOGRAMS = (("rotation", "degrees", 45.0), ("translation", "in base lengths", 0.4), ("scale", "relative", 0.4))
STYLE = """
:root { color-scheme: light; --good: #1b7f4b; --bad: #b3372f; --ink: #1c2430; --dim: #667085; --line: #e3e7ee; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #f6f7f9; margin: 0; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 80px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 10px; } p { margin: 4px 0; color: var(--dim); }
p.oracles { color: var(--bad); font-weight: 600; }
section.tiles { display: flex; gap: 12px; flex-wrap: wrap; margin-top: 16px; }
.tile, .card, .chart { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 24px; } .tile span { color: var(--dim); font-size: 13px; }
table { border-collapse: collapse; background: #fff; border: 1px solid var(--line); width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { background: #e9edf3; height: 12px; border-radius: 6px; min-width: 120px; overflow: hidden; margin-top: 5px; }
.bar i { display: block; height: 100%; background: var(--good); }
.bar.time i { background: #5a7bb5; }
.charts { display: flex; gap: 12px; flex-wrap: wrap; } .chart svg { display: block; margin-top: 6px; }
.card { margin: 10px 0; border-left: 6px solid var(--good); } .card.lost { border-left-color: var(--bad); }
.card h3 { font-size: 15px; margin: 0; } .card .verdict { font-weight: 600; color: var(--good); }
.card.lost .verdict { color: var(--bad); } .card img { max-width: 100%; display: block; margin-top: 8px; }
.card .figures { font-size: 12.5px; color: var(--dim); }
details { margin: 10px 0; } pre { overflow-x: auto; background: #fff; padding: 12px; }
"""


def write_report(out: Path, outcomes: Sequence[Outcome], settings: Mapping[str, Any]) -> None:
    """`report.html` in a run's folder."""
    body = "\n".join(_parts(out, outcomes, settings))
    write_text(out / "report.html", '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
               '<meta name="viewport" content="width=device-width, initial-scale=1">'
               f"<title>Lifting: {escape(out.name)}</title><style>{STYLE}</style></head>\n"
               f"<body><main>\n{body}\n</main></body></html>\n")


def _parts(out: Path, outcomes: Sequence[Outcome], settings: Mapping[str, Any]) -> Iterator[str]:
    told = yields(outcomes)
    every = told["all"]
    yield f"<h1>Lifted samples: {escape(out.name)}</h1>"
    yield f"<p>{every['items']} images of {len(told['contexts'])} contexts, {every['accepted']} samples</p>"
    if settings.get("oracles"):
        names = escape(", ".join(settings["oracles"]))
        yield f'<p class="oracles">{names}: oracles, which look at the truth. These samples are no result.</p>'
    yield _tiles(every)
    yield f"<details><summary>Settings</summary><pre>{escape(json.dumps(settings, indent=1))}</pre></details>"
    yield "<h2>Where items were lost</h2>" + _stages(every)
    errors = [outcome.error for outcome in outcomes if outcome.accepted and outcome.error is not None]
    if errors:
        yield "<h2>Errors of what was accepted, against the truth</h2>" + _histograms(errors)
    yield "<h2>Contexts</h2>" + _contexts(told["contexts"])
    accepted = [outcome for outcome in outcomes if outcome.accepted]
    lost = [outcome for outcome in outcomes if not outcome.accepted]
    yield from _cards("Accepted", out, accepted)
    yield from _cards("Rejected", out, lost)


def _tiles(every: Mapping[str, Any]) -> str:
    """The figures that one looks for first."""
    seconds = sum(every["seconds"].values()) / max(every["items"], 1)
    tiles = [("accepted", f"{every['accepted']} of {every['items']}"),
             ("yield", f"{every['accepted'] / max(every['items'], 1):.0%}"), ("seconds an image", f"{seconds:.1f}")]
    if "errors" in every:
        known = every["errors"]
        tiles += [("median rotation error", f"{known['rotation_deg']:.1f}&deg;"),
                  ("median translation error", f"{known['translation']:.3f}"), ("median scale error", f"{known['scale']:.1%}"),
                  ("grossly wrong", f"{known['gross']:.0%}")]
    return '<section class="tiles">' + "".join(f'<div class="tile"><b>{value}</b><span>{name}</span></div>'
                                               for name, value in tiles) + "</section>"


def _stages(every: Mapping[str, Any]) -> str:
    """A line for each stage: how many passed, why others did not, and how long it took."""
    items, most = max(every["items"], 1), max([*every["seconds"].values(), 1e-9])
    rows = []
    for name, seconds in every["seconds"].items():
        passed = every["passed"].get(name)
        reasons = ", ".join(f"{escape(reason)} ({count})" for reason, count in every["reasons"].get(name, {}).items())
        share = "" if passed is None else f"{passed}{_bar(passed / items)}"
        rows.append([escape(name), share, reasons, f"{seconds / items:.2f}{_bar(seconds / most, 'time')}"])
    return _table(["stage", "passed", "lost there", "seconds an image"], rows)


def _contexts(contexts: Mapping[str, Mapping[str, Any]]) -> str:
    """A line for each context."""
    rows = []
    for name, own in contexts.items():
        lost = "; ".join(f"{escape(stage)}: " + ", ".join(f"{escape(reason)} ({count})" for reason, count in reasons.items())
                         for stage, reasons in own["reasons"].items())
        known = own.get("errors")
        error = "" if known is None else f"{known['rotation_deg']:.1f}&deg;, {known['translation']:.3f}, {known['scale']:.1%}"
        passed = " &rarr; ".join(str(count) for count in own["passed"].values())
        rows.append([escape(name), f"{own['accepted']} of {own['items']}{_bar(own['accepted'] / max(own['items'], 1))}", passed,
                     lost, error])
    return _table(["context", "accepted", "passed, stage by stage", "lost", "median errors"], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already."""
    lines = ["<tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _bar(share: float, kind: str = "") -> str:
    return f'<div class="bar {kind}"><i style="width:{100 * min(max(share, 0), 1):.1f}%"></i></div>'


def _histograms(errors: Sequence[SampleError]) -> str:
    """Of rotation, translation and scale; the last column holds all that is more."""
    values = {"rotation": [error.rotation_deg for error in errors], "translation": [error.translation for error in errors],
              "scale": [error.scale for error in errors]}
    charts = "".join(_histogram(name, unit, most, values[name]) for name, unit, most in HISTOGRAMS)
    return f'<div class="charts">{charts}</div>'


def _histogram(name: str, unit: str, most: float, values: Sequence[float], columns: int = 18) -> str:
    counts = np.histogram(np.minimum(values, most * (1 - 1e-9)), bins=columns, range=(0, most))[0]
    width, height, step = 330, 110, 330 / columns
    bars = "".join(f'<rect x="{i * step + 1:.1f}" y="{height * (1 - count / max(counts.max(), 1)):.1f}" width="{step - 2:.1f}" '
                   f'height="{height * count / max(counts.max(), 1):.1f}" fill="{"#b3372f" if i == columns - 1 else "#1b7f4b"}"/>'
                   for i, count in enumerate(counts))
    places = (0, "0", "start"), (width / 2, f"{most / 2:g}", "middle"), (width, f"{most:g} +", "end")
    marks = "".join(f'<text x="{x:.0f}" y="{height + 16}" font-size="11" fill="#667085" text-anchor="{anchor}">{label}</text>'
                    for x, label, anchor in places)
    median = float(np.median(values))
    return (f'<div class="chart"><b>{name}</b> <span class="figures">{unit}; median {median:.3g}</span>'
            f'<svg width="{width}" height="{height + 20}" role="img">{bars}{marks}</svg></div>')


def _cards(title: str, out: Path, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A card for each item, as far as they are not too many to look at."""
    if not outcomes:
        return
    yield f"<h2>{title} ({len(outcomes)})</h2>"
    if len(outcomes) > SHOWN:
        yield f"<p>The first {SHOWN} are shown.</p>"
    for outcome in outcomes[:SHOWN]:
        yield _card(out, outcome)


def _card(out: Path, outcome: Outcome) -> str:
    item, sample = outcome.item, outcome.sample
    verdict = "accepted" if outcome.accepted else f"{outcome.stage}: {outcome.reason}"
    figures = [] if sample is None else [f"{name.replace('_', ' ')} {value:.3g}" for name, value in sample.figures.items()]
    if outcome.error is not None:
        error = outcome.error
        figures.insert(0, f"error {error.rotation_deg:.1f} degrees, translation {error.translation:.3f}, scale {error.scale:.1%}")
    pictures = "".join(_picture(out, f"{ITEMS}/{item.name}/{SHEET}/{name}") for name in ("views.jpg", "sheet.jpg"))
    return (f'<div class="card{"" if outcome.accepted else " lost"}" id="{escape(item.name, quote=True)}">'
            f"<h3>{escape(item.name)}</h3><p>{escape('' if sample is None else sample.prompt)}</p>"
            f'<span class="verdict">{escape(verdict)}</span> <span>{escape(outcome.message)}</span>'
            f'<div class="figures">{escape("; ".join(figures))}</div>{pictures}</div>')


def _picture(out: Path, path: str) -> str:
    """A picture of the run's folder, loaded when it is looked at."""
    return f'<img loading="lazy" src="{quote(path)}" alt="">' if (out / path).is_file() else ""
