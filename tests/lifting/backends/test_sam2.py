"""Grounding DINO and SAM 2, of tiny models: boxes as transformers reads them, labels that follow their boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lifting.backends import sam2
from lifting.backends.sam2 import GroundedSam2, best_pair, detect, follow, labels_of
from lifting.masks import BASE, NOTHING, TARGET, Segmenter
from lifting.refusals import NotLiftableError
from lifting.views import Views
from oor.catalog.contexts import Context

Tiny = Callable[..., str]
Noise = Callable[..., NDArray[np.uint8]]
POUR = Context("teapot", "pours into", "teacup")
BOXES = torch.tensor([[0.1, 0.1, 0.4, 0.6], [0.5, 0.3, 0.9, 0.9]])


@pytest.fixture
def segmenter(tiny: Tiny) -> GroundedSam2:
    return GroundedSam2(tiny("grounding_dino"), tiny("sam2"), least=0.0, size_px=128)


def views_of(rgb: NDArray[np.uint8]) -> Views:
    return Views(rgb, np.stack([np.arange(len(rgb)) * 360.0 / len(rgb), np.zeros(len(rgb))], axis=1))


def test_masks_of_all_views_come_from_the_names_alone(segmenter: GroundedSam2, noise: Noise) -> None:
    stage: Segmenter = segmenter
    views = views_of(noise(4, 70, 100))
    masks = stage(views, POUR)
    assert masks.shape == (4, 70, 100) and masks.dtype == np.uint8 and set(np.unique(masks)) <= {NOTHING, TARGET, BASE}
    assert all((masks == label).any() for label in (TARGET, BASE))
    assert np.array_equal(masks, stage(views, POUR))
    boxes = _boxes(segmenter, views.rgb[0])
    assert np.array_equal(masks, follow(_eyes(segmenter).segmenter, views.rgb, boxes))


def _eyes(segmenter: GroundedSam2) -> Any:
    return sam2.on_desk(segmenter, segmenter._load)


def _boxes(segmenter: GroundedSam2, rgb: NDArray[np.uint8]) -> Tensor:
    eyes = _eyes(segmenter)
    boxes, scores = detect(eyes.detector, eyes.tokenizer, rgb, ("teapot", "teacup"), 128)
    return boxes[best_pair(boxes, scores)]


def test_the_first_view_that_shows_both_is_followed_round(
    segmenter: GroundedSam2, noise: Noise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The circle is a video that may start anywhere."""
    views = views_of(noise(4, 70, 100))
    looked: list[int] = []

    def late(*given: Any) -> tuple[Tensor, Tensor]:
        looked.append(next(i for i in range(4) if np.array_equal(given[2], views.rgb[i])))
        sure = 0.9 if looked[-1] == 2 else 0.1
        return BOXES, torch.tensor([[sure, 0.0], [0.0, 0.8]])

    monkeypatch.setattr(sam2, "detect", late)
    strict = replace(segmenter, least=0.5)
    masks = strict(views, POUR)
    assert looked == [0, 1, 2]
    assert np.array_equal(masks[[2, 3, 0, 1]], follow(_eyes(strict).segmenter, views.rgb[[2, 3, 0, 1]], BOXES))


@pytest.mark.parametrize(("scores", "message", "reason"), [
    ([[0.1, 0.0], [0.0, 0.8]], "no view shows a teapot beside .* sure of one to 0.10, and needs 0.5", "no target"),
    ([[0.9, 0.0], [0.0, 0.3]], "no view shows a teacup beside .* sure of one to 0.30", "no base"),
])
def test_what_no_view_shows_is_refused_by_name(
    segmenter: GroundedSam2, noise: Noise, monkeypatch: pytest.MonkeyPatch, scores: list[list[float]], message: str, reason: str
) -> None:
    monkeypatch.setattr(sam2, "detect", lambda *_: (BOXES, torch.tensor(scores)))
    with pytest.raises(NotLiftableError, match=message) as caught:
        replace(segmenter, least=0.5)(views_of(noise(3, 70, 100)), POUR)
    assert caught.value.reason == reason


def test_boxes_and_scores_are_those_that_transformers_reads(segmenter: GroundedSam2, noise: Noise) -> None:
    """Its own reading of the outputs: boxes in pixels, and how sure of the words that each box stands for."""
    from transformers import (
        AutoTokenizer,
        GroundingDinoForObjectDetection,
        GroundingDinoImageProcessorPil,
        GroundingDinoProcessor,
    )

    rgb = noise(1, 96, 128)[0]
    detector = GroundingDinoForObjectDetection.from_pretrained(segmenter.detector).eval()
    tokenizer = AutoTokenizer.from_pretrained(segmenter.detector)
    processor = GroundingDinoProcessor(GroundingDinoImageProcessorPil(), tokenizer)
    boxes, scores = detect(detector, tokenizer, rgb, ("teapot", "Table"), 128)
    told = tokenizer("teapot. table.", return_tensors="pt")
    assert tokenizer.convert_ids_to_tokens(told["input_ids"][0]) == ["[CLS]", "teapot", ".", "table", ".", "[SEP]"]
    with torch.inference_mode():
        outputs = detector(pixel_values=sam2.to_imagenet(rgb[None], (96, 128)), **told)
    (found,) = processor.post_process_grounded_object_detection(outputs, told["input_ids"], 0.0, target_sizes=[(96, 128)])
    border = torch.tensor([128.0, 96, 128, 96])
    torch.testing.assert_close(boxes * border, torch.minimum(found["boxes"].clamp_min(0), border), atol=1e-3, rtol=0)
    every = outputs.logits[0].sigmoid()
    torch.testing.assert_close(scores, every[:, [1, 3]])


def test_the_surest_two_boxes_that_are_not_one_are_taken() -> None:
    boxes = torch.tensor([[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.51], [0.6, 0.6, 0.9, 0.9], [0.3, 0.3, 0.7, 0.7]])
    scores = torch.tensor([[0.9, 0.8], [0.85, 0.89], [0.2, 0.6], [0.3, 0.5]])
    assert best_pair(boxes, scores) == [0, 2]
    assert best_pair(boxes, scores.flip(1)) == [2, 0]
    assert best_pair(boxes[:2], scores[:2]) is None and best_pair(boxes[:1], scores[:1]) is None


def test_all_pairs_are_weighed() -> None:
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(30, 2, 2, generator=generator).sort(dim=1).values
    boxes, scores = corners.reshape(30, 4), torch.rand(30, 2, generator=generator)
    found = best_pair(boxes, scores)
    assert found is not None

    def shared(i: int, j: int) -> float:
        (a, b), (c, d) = corners[i].tolist(), corners[j].tolist()
        wide, high = (max(min(b[k], d[k]) - max(a[k], c[k]), 0) for k in range(2))
        total = (b[0] - a[0]) * (b[1] - a[1]) + (d[0] - c[0]) * (d[1] - c[1])
        return wide * high / (total - wide * high)

    best = max(((i, j) for i in range(30) for j in range(30) if i != j and shared(i, j) < 0.9),
               key=lambda pair: float(scores[pair[0], 0] + scores[pair[1], 1]))
    assert tuple(found) == best


def test_labels_follow_their_boxes(segmenter: GroundedSam2, noise: Noise) -> None:
    """Nothing in SAM 2 knows which of the two is the target: boxes that change places change the labels."""
    network = _eyes(segmenter).segmenter
    rgb = noise(3, 60, 80)
    one, other = follow(network, rgb, BOXES), follow(network, rgb, BOXES.flip(0))
    swapped = np.array([NOTHING, BASE, TARGET], np.uint8)[other]
    assert (one == TARGET).any() and (one == BASE).any() and np.array_equal(one, swapped)
    assert not np.array_equal(one, follow(network, rgb, BOXES * 0.8))


def test_later_views_are_seen_with_the_memory_of_the_first(segmenter: GroundedSam2, noise: Noise) -> None:
    network = _eyes(segmenter).segmenter
    rgb, other = noise(2, 60, 80), noise(2, 60, 80, 1)
    one, two = follow(network, rgb, BOXES), follow(network, np.stack([other[0], rgb[1]]), BOXES)
    assert np.array_equal(one[0], follow(network, rgb[:1], BOXES)[0]) and not np.array_equal(one[1], two[1])


def test_boxes_reach_sam_in_its_own_pixels(segmenter: GroundedSam2, noise: Noise, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    told: list[tuple[int, Any]] = []
    add = transformers.Sam2VideoInferenceSession.add_point_inputs
    monkeypatch.setattr(transformers.Sam2VideoInferenceSession, "add_point_inputs",
                        lambda self, number, frame, given: told.append((frame, given)) or add(self, number, frame, given))
    follow(_eyes(segmenter).segmenter, noise(1, 60, 80), BOXES)
    assert [frame for frame, _ in told] == [0, 0]
    torch.testing.assert_close(torch.cat([given["point_coords"][0] for _, given in told]).reshape(2, 4), BOXES * 128)
    assert all(given["point_labels"].tolist() == [[[2, 3]]] for _, given in told)


def test_the_larger_logit_above_nothing_decides() -> None:
    logits = torch.tensor([[[2.0, -1.0], [0.5, -3.0]], [[1.0, 4.0], [0.7, -0.1]]])
    assert labels_of(logits, (2, 2)).tolist() == [[TARGET, BASE], [BASE, NOTHING]]
    assert labels_of(logits, (40, 60)).shape == (40, 60)


@pytest.mark.parametrize("wrong", [{"least": 1.0}, {"least": -0.1}, {"size_px": 100}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is not possible; give least from 0 to 1"):
        GroundedSam2(**wrong)
