"""The model card of a trained relation model, as the Hugging Face hub shows it: README.md with a YAML header."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from oor.relation import WIDTH

TAGS = ["3d", "diffusion", "object-object-relations", "spatial-relations", "safetensors"]
BODY = """\
# Relations of two objects in 3D, from text

A text-conditioned diffusion over {width} numbers: how one object is turned, placed and sized relative to another, given a
sentence that names both and how they relate ("a teapot pours into a teacup"). Made with oor-toolkit.

## Use it

{use}

or, from Python, with the folder that this file is in or the model's id on the hub:

{python}

## Data

{data}

## Training

{training}

{command}

{settings}

## Figures

{figures}

## Limits

- What it learned is the world of its data: draws of the catalog's relation programs, if that is the source, are not your world.
- It places two objects. It does not know the room around them, and does not check that they do not collide.
- Objects, relations and phrasings far from the data give samples that look sure and may be wrong; look before you trust them.
- It reads English, and depends on the text encoder that is named above.

## Licence

Apache-2.0. Samples of your own that it was trained on may carry other terms.
"""


def model_card(about: Mapping[str, Any]) -> str:
    """The card's text, from what a checkpoint says about itself; whatever is missing there is said to be unknown."""
    from huggingface_hub import ModelCardData

    tags = ModelCardData(license="apache-2.0", library_name="oor-toolkit", pipeline_tag="text-to-3d", language="en", tags=TAGS)
    settings = about.get("settings") or {}
    known = {name: about.get(name, "unknown") for name in ("source", "contexts", "samples", "commit", "seed")}
    body = BODY.format(
        width=WIDTH,
        use=_fenced('python -m oor.sample "a teapot pours into a teacup" checkpoint=FOLDER_OR_HUB_ID', "sh"),
        python=_fenced(
            'from diffusion.checkpoint import from_pretrained\n\ncheckpoint = from_pretrained("FOLDER_OR_HUB_ID")', "python"
        ),
        data=_table({"source": known["source"], "contexts": known["contexts"], "samples": known["samples"]}),
        training=_table(
            {"text encoder": settings.get("text_encoder", "unknown"), "commit": known["commit"], "seed": known["seed"]}
        ),
        command=_fenced(str(about.get("command", "unknown")), "sh"),
        settings=_fenced(json.dumps(settings, indent=1, ensure_ascii=False), "json"),
        figures=_figures(about.get("figures")),
    )
    return f"---\n{tags.to_yaml()}\n---\n\n{body}"


def _figures(figures: Any) -> str:
    if not isinstance(figures, Mapping) or not figures:
        return "None were measured during training; `python -m oor.evaluate success` measures."
    why = (
        "The last measurement of the training, over a small, fixed choice of contexts; `python -m oor.evaluate success` has all."
    )
    return f"{why}\n\n{_table(figures)}"


def _table(rows: Mapping[str, Any]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {_plain(name)} | {_plain(_number(value))} |" for name, value in rows.items())])


def _number(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&$@:-])", r"\\\1", " ".join(text.split()))


def _fenced(text: str, language: str) -> str:
    """A code block that no text can end before it ends."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
