"""How the edges of a scene are led to one scene while they are denoised: wrappers around the denoiser of all of them.

"ours" moves the clean guess of all edges to the nearest relations that one world has where nothing runs into anything. "paper"
is Eq. 10 with the weights of section 4.2. "independent" leads nothing. Objects are then placed by the fit of `scenes/fitting.py`
("fit"), or at the mean of what their bases say, as one would do without ("mean").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from diffusion.sampling import Denoise
from oor.relation import Relation
from scenes.edge_model import EdgeModel
from scenes.energies import inconsistency, relation_collision
from scenes.fitting import Fit, better_of, fitted, precision_of
from scenes.solids import Solids
from scenes.worlds import Wiring, World, proposals

LOW, HIGH = 0.01, 50.0  # the paper's noise at its times 0 and 1 (GenPose's): sigma = LOW (HIGH / LOW)^t
RATE = math.log(HIGH / LOW)
FROM_TIME = 0.5  # section 4.2: guidance acts from this time on,
FROM_SIGMA = LOW * math.exp(RATE * FROM_TIME)  # and ours from the same noise on
STEPS = 8  # of the fit at each noise level


@dataclass(frozen=True)
class Recipe:
    """How a scene is led together, by which of the two energies, and how its objects are placed."""

    guidance: Literal["ours", "paper", "independent"] = "ours"
    collision: bool = True
    inconsistency: bool = True
    placing: Literal["fit", "mean"] = "fit"

    def guide(self, model: EdgeModel, wiring: Wiring, solids: Solids) -> Denoise:
        """The denoiser of samples z (e, k, 15) that samplers are given."""
        if self.guidance == "independent" or not (self.collision or self.inconsistency):
            return model.denoise
        if self.guidance == "paper":
            return PaperGuidance(model, wiring, self)
        return FitGuidance(model, wiring, solids, self)


RECIPES = {
    "ours": Recipe(),
    "paper": Recipe("paper", placing="mean"),
    "independent": Recipe("independent", placing="mean"),
}


class PaperGuidance:
    """Eq. 10: the gradients of both energies, times the weights of section 4.2, are added to the ODE's slope.

    d x / d t = -sigma dsigma/dt score + l1 dC + l2 dI with sigma = LOW (HIGH / LOW)^t, so dsigma / dt = RATE sigma: in the form
    d x / d sigma = (x - D) / sigma that samplers integrate, the denoiser's answer becomes D - (l1 dC + l2 dI) / RATE. Gradients
    are by the model's own coordinates; by the fifteen numbers themselves, these weights are too stiff for any of our samplers.
    """

    def __init__(self, model: EdgeModel, wiring: Wiring, recipe: Recipe) -> None:
        self._model, self._wiring, self._recipe = model, wiring, recipe

    def __call__(self, z: Tensor, sigma: Tensor) -> Tensor:
        clean = self._model.denoise(z, sigma)
        time = math.log(float(sigma) / LOW) / RATE
        if time > FROM_TIME:
            return clean
        with torch.enable_grad():
            point = z.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self._energy(self._model.relation(point), *paper_weights(time)).sum(), point)
        return clean - slope / RATE

    def _energy(self, relation: Relation, of_collision: float, of_inconsistency: float) -> Tensor:
        """(k,) both energies with their weights."""
        total = 0 * relation.t_base_target.sum(dim=(0, 2))
        if self._recipe.collision:
            total = total + of_collision * relation_collision(relation, self._wiring)
        if self._recipe.inconsistency:
            total = total + of_inconsistency * inconsistency(relation, self._wiring)
        return total


def paper_weights(time: float) -> tuple[float, float]:
    """min(100 / t, 1e4) of collisions and min(100 / t^2, 1e5) of inconsistency (section 4.2), for times t > 0."""
    return min(100 / time, 1e4), min(100 / time**2, 1e5)


class FitGuidance:
    """Below FROM_SIGMA worlds are fitted to the clean guess, which then moves to the relations that hold in them.

    Remembers the worlds from level to level: they are where the next fit starts, unless the objects' mean places suit better.
    """

    def __init__(self, model: EdgeModel, wiring: Wiring, solids: Solids, recipe: Recipe) -> None:
        self._model, self._wiring, self._recipe = model, wiring, recipe
        self._solids = solids if recipe.collision else None
        self._world: World | None = None

    def __call__(self, z: Tensor, sigma: Tensor) -> Tensor:
        if float(sigma) > FROM_SIGMA:
            return self._model.denoise(z, sigma)
        clean, slopes = self._model.slopes(z, sigma)
        guess = self._model.relation(clean)
        wanted, precision = self._model.coordinates(guess), precision_of(slopes)
        fit = Fit(self._wiring, self._model.coordinates, wanted, precision, self._solids)
        start = proposals(guess, self._wiring)[1]
        start = start if self._world is None else better_of(fit, self._world, start)
        before = wanted
        if not self._recipe.inconsistency:  # then only what collisions ask for, beyond what agreeing would
            start = fitted(Fit(self._wiring, self._model.coordinates, wanted, precision), start, STEPS)
            before = fit.wanted + fit.residuals(start)
        self._world = fitted(fit, start, STEPS)
        return clean + (fit.wanted + fit.residuals(self._world) - before).to(clean)
