"""The model card: a header the hub understands, all that is known, and nothing that breaks out of its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from huggingface_hub import ModelCard

from diffusion.card import model_card

ABOUT = {
    "source": "catalog draws",
    "contexts": 791,
    "samples": 12,
    "command": "python -m oor.train out=x",
    "commit": "abc",
    "seed": 3,
    "settings": {"text_encoder": "embedded", "loop": {"steps": 5}},
    "figures": {"step": 5, "success": 0.75},
}


def test_the_header_is_what_the_hub_reads() -> None:
    data = ModelCard(model_card(ABOUT)).data
    assert (data.license, data.library_name, data.pipeline_tag) == ("apache-2.0", "oor-toolkit", "text-to-3d")
    assert "diffusion" in data.tags


def test_it_says_what_is_known() -> None:
    text = model_card(ABOUT)
    table = ("| source | catalog draws |", "| contexts | 791 |", "| commit | abc |", "| seed | 3 |", "| success | 0.7500 |")
    code = ("python -m oor.train out=x", '"steps": 5', "from_pretrained(", "checkpoint=FOLDER_OR_HUB_ID")
    assert [piece for piece in (*table, *code) if piece not in text] == []


@pytest.mark.parametrize("about", [{}, {"figures": {}}, {"source": None}, {"settings": {}, "figures": None}])
def test_what_is_not_known_is_said(about: dict[str, Any]) -> None:
    assert "None were measured" in model_card(about) and "unknown" in model_card(about)


HOSTILE = "```\n---\nlicense: mine\n| <script>alert(1)</script> [x](javascript:y) {use} **\u202e"


@pytest.mark.parametrize("field", ["source", "command", "commit"])
def test_no_text_leaves_its_place(field: str) -> None:
    text = model_card({**ABOUT, field: HOSTILE, "settings": {"samples": [HOSTILE]}})
    assert ModelCard(text).data.license == "apache-2.0" and text.count("\n---\n") == 1 + (field == "command")
    outside, inside, fence = [], [], ""
    for line in text.splitlines():
        if fence:
            inside.append(line)
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line.rstrip("abcdefghijklmnopqrstuvwxyz")
        else:
            outside.append(line)
    assert not fence and "<script>" not in "\n".join(outside)
    assert "## Licence" in outside and "## Figures" in outside
    assert json.dumps(HOSTILE, ensure_ascii=False) in "\n".join(inside)
