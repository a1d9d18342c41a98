"""Masks by words: Grounding DINO finds the two objects in a view, SAM 2 follows them through the others, as in the paper.

The paper asks Grounding DINO 1.5, which is a paid service; this is the open one. Both are of transformers, whose processor for
SAM 2 needs torchvision: views are resized and normalised here, and boxes given as SAM 2 takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lifting.backends.hub import Hardware, fetched, identity_of, on_desk
from lifting.backends.pixels import fitted_size, to_imagenet
from lifting.masks import BASE, NOTHING, TARGET, Masks
from lifting.refusals import NotLiftableError
from lifting.views import Views
from oor.catalog.contexts import Context

ONE_BOX = 0.9  # intersection over union from which two boxes are of one object
CORNERS = (2, 3)  # what SAM 2 calls the first and the last corner of a box


class _Eyes(NamedTuple):
    """What is loaded."""

    detector: Any
    tokenizer: Any
    segmenter: Any


@dataclass(frozen=True)
class GroundedSam2:
    """Masks of a context's two objects, found by their names.

    detector, segmenter: hub ids or folders of Grounding DINO and SAM 2. least: how sure the detector must be of a box. size_px:
    the longer edge of the view that it looks at.
    """

    detector: str = "IDEA-Research/grounding-dino-base"
    segmenter: str = "facebook/sam2.1-hiera-large"
    least: float = 0.25
    size_px: int = 800
    hardware: Hardware = field(default_factory=Hardware)

    def __post_init__(self) -> None:
        if not 0 <= self.least < 1 or self.size_px < 128:
            raise ValueError(f"{self} is not possible; give least from 0 to 1, and a size of 128 or more")

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return self.detector, self.segmenter

    @property
    def identity(self) -> str:
        """Which weights they are."""
        return f"{identity_of(self.detector)} {identity_of(self.segmenter)}"

    def __call__(self, views: Views, context: Context) -> Masks:
        """See `lifting.masks`. NotLiftableError where no view shows both objects to the detector."""
        eyes = on_desk(self, self._load)
        first, boxes = self._found(eyes, views.rgb, (context.target, context.base))
        order = np.roll(np.arange(len(views.rgb)), -first)  # views go round, so any of them may be the first
        masks = np.zeros(views.rgb.shape[:3], np.uint8)
        masks[order] = follow(eyes.segmenter, views.rgb[order], boxes)
        return masks

    def _load(self) -> _Eyes:
        from transformers import AutoTokenizer, GroundingDinoForObjectDetection, Sam2VideoModel

        place, number = self.hardware.place, self.hardware.number
        tokenizer = fetched(self.detector, lambda: AutoTokenizer.from_pretrained(self.detector))
        detector = fetched(self.detector, lambda: GroundingDinoForObjectDetection.from_pretrained(self.detector).to(place).eval())
        segmenter = fetched(self.segmenter, lambda: Sam2VideoModel.from_pretrained(self.segmenter, dtype=number).to(place).eval())
        return _Eyes(detector, tokenizer, segmenter)

    def _found(self, eyes: _Eyes, rgb: NDArray[np.uint8], names: tuple[str, str]) -> tuple[int, Tensor]:
        """The first view that shows both, and where: boxes (2, 4) from 0 to 1, as x and y of two corners."""
        best = torch.zeros(2)
        for view, picture in enumerate(rgb):
            boxes, scores = detect(eyes.detector, eyes.tokenizer, picture, names, self.size_px)
            pair = best_pair(boxes, scores)
            if pair is not None and bool((scores[pair, [0, 1]] >= self.least).all()):
                return view, boxes[pair]
            best = torch.maximum(best, scores.amax(dim=0))
        worse = int(best.argmin())
        raise NotLiftableError(f"no {('target', 'base')[worse]}", f"no view shows a {names[worse]} beside the other object: the "
                               f"detector is sure of one to {float(best[worse]):.2f}, and needs {self.least:g} of both")


def detect(detector: Any, tokenizer: Any, rgb: NDArray[np.uint8], names: tuple[str, str], size_px: int) -> tuple[Tensor, Tensor]:
    """Boxes (q, 4) from 0 to 1, as x and y of two corners, and how sure the detector is that each is of either name (q, 2)."""
    words = [tokenizer(name.lower(), add_special_tokens=False)["input_ids"] for name in names]
    told = tokenizer(". ".join(name.lower() for name in names) + ".", return_tensors="pt").to(detector.device)
    pixels = to_imagenet(rgb[None], fitted_size((rgb.shape[0], rgb.shape[1]), size_px, 1)).to(detector.device)
    with torch.inference_mode():
        found = detector(pixel_values=pixels, input_ids=told["input_ids"], attention_mask=told["attention_mask"])
    sure = found.logits[0].float().sigmoid().cpu()
    ends = [1 + len(words[0]), 2 + len(words[0]) + len(words[1])]  # before the first name, and between the two, is a token
    scores = torch.stack([sure[:, end - len(word) : end].amax(dim=1) for word, end in zip(words, ends, strict=True)], dim=1)
    middle, half = found.pred_boxes[0].float().cpu().split(2, dim=1)
    return torch.cat([middle - half / 2, middle + half / 2], dim=1).clamp(0, 1), scores.clone()


def best_pair(boxes: Tensor, scores: Tensor) -> list[int] | None:
    """Which boxes (q, 4) are the target's and the base's: the surest two (q, 2) of two objects; None where all are of one."""
    low, high = torch.maximum(boxes[:, None, :2], boxes[:, :2]), torch.minimum(boxes[:, None, 2:], boxes[:, 2:])
    area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    shared = (high - low).clamp_min(0).prod(dim=2)
    alike = shared / (area[:, None] + area - shared).clamp_min(1e-12)
    total = (scores[:, None, 0] + scores[:, 1]).masked_fill(alike >= ONE_BOX, -torch.inf).fill_diagonal_(-torch.inf)
    best = int(total.argmax())
    return None if total.flatten()[best] == -torch.inf else [best // len(boxes), best % len(boxes)]


def follow(segmenter: Any, rgb: NDArray[np.uint8], boxes: Tensor) -> Masks:
    """(n, H, W) of pictures in order, by SAM 2's memory of the first, where boxes (2, 4) are the target's and the base's."""
    from transformers import Sam2VideoInferenceSession

    edge = int(segmenter.config.image_size)
    device, dtype = segmenter.device, segmenter.dtype
    session = Sam2VideoInferenceSession(to_imagenet(rgb, (edge, edge)), *rgb.shape[1:3], inference_device=device,
                                        inference_state_device=device, dtype=dtype)
    for label, box in zip((TARGET, BASE), boxes, strict=True):
        corners = {"point_coords": (box.reshape(1, 1, 2, 2) * edge).to(device),
                   "point_labels": torch.tensor([[CORNERS]], dtype=torch.int32, device=device)}
        session.add_point_inputs(session.obj_id_to_idx(label), 0, corners)
    session.obj_with_new_inputs = [TARGET, BASE]
    masks = []
    with torch.inference_mode():
        for seen in segmenter.propagate_in_video_iterator(session, start_frame_idx=0):
            masks.append(labels_of(seen.pred_masks[:, 0].float().cpu(), (rgb.shape[1], rgb.shape[2])))
    return np.stack(masks)


def labels_of(logits: Tensor, size: Sequence[int]) -> NDArray[np.uint8]:
    """(H, W) labels of two coarse maps (2, h, w) of logits: whose is larger, where it is above 0."""
    target, base = functional.interpolate(logits[:, None], tuple(size), mode="bilinear", align_corners=False)[:, 0].numpy()
    found = np.where(np.maximum(target, base) > 0, np.where(target > base, TARGET, BASE), NOTHING)
    return found.astype(np.uint8)
