"""The last filter: does the registered pair look like the views? The embedded judge compares outlines with the masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lifting.filtering import ROLES, Evidence, Judgement


@dataclass(frozen=True)
class OutlineJudge:
    """Believes a pair whose meshes cover what the masks do, in the views that were placed.

    least: intersection over union of each object, the mean over views that show it. With oracles, right registrations have 0.84
    or more, and two of three that are half a turn off have less than 0.75; what is a box from all sides keeps its outline.
    width_px: at which outlines are compared.
    """

    least: float = 0.75
    width_px: int = 192

    def __call__(self, evidence: Evidence) -> Judgement:
        """Of an item whose fits have boxes."""
        assert evidence.masks is not None
        shares: dict[str, list[float]] = {role: [] for role, _ in ROLES}
        for view, seen in evidence.pair.views(self.width_px):
            rows, columns = (((np.arange(count) + 0.5) * length / count).astype(int)
                             for count, length in zip(seen.ids.shape, evidence.masks.shape[1:], strict=True))
            mask = evidence.masks[view][rows[:, None], columns]
            for i, (role, label) in enumerate(ROLES):
                mine, told = seen.ids == i, mask == label
                if (mine | told).any():
                    shares[role].append(float((mine & told).sum() / (mine | told).sum()))
        found = {f"{role}_iou": float(np.mean(values)) if values else 0.0 for role, values in shares.items()}
        worst = min(found.values())
        sentence = f"The worse outline has {worst:.2f} in common with its mask; {self.least:g} are needed."
        return Judgement(worst >= self.least, sentence, found)
