"""One scene from many relations: the worlds whose relations are nearest to those that were guessed, in the model's own measure.

Least squares over the poses and edges of all objects, by Levenberg's method. Every edge says in which directions it gives way:
its residual is weighted by the inverse of the derivatives of the denoiser, which are the covariance of the clean sample over
sigma^2 (Tweedie's formula; Boys et al. 2023, "Tweedie moment projected diffusions", have it for linear measurements). Where a
context leaves an azimuth open, that costs little; that a cup stands on its saucer is not given up for anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from oor.relation import WIDTH, Relation
from scenes.edge_model import each_number
from scenes.solids import Solids, near, penetration
from scenes.worlds import Wiring, World, edge_relations, moved, relations

Coordinates = Callable[[Relation], Tensor]  # relations (e, k) -> what the model calls them, (e, k, 15)

STIFF = 0.02  # variance, in units of the context's own, below which no direction is stiffer than any other
TOLERANCE = 0.02  # a collision this deep, in units of the smaller object, costs as much as one standard deviation of an edge
FARTHEST = 0.5  # radians, object lengths, or log edges that one step may go
STEPS = 6


@dataclass(frozen=True, eq=False)
class Fit:
    """What worlds are fitted to.

    wanted: (e, k, 15) coordinates of the relations as they were guessed. precision: (e, k, 15, 15) of these. solids: of the
    objects that must not run into each other, if anything must not.
    """

    wiring: Wiring
    coordinates: Coordinates
    wanted: Tensor
    precision: Tensor
    solids: Solids | None = None

    def residuals(self, world: World) -> Tensor:
        """(e, k, 15) by how much the worlds miss the wanted coordinates."""
        return self.coordinates(edge_relations(world, self.wiring)) - self.wanted

    def bending(self, world: World) -> Tensor:
        """(k,) half the squared distance to the wanted relations, in standard deviations."""
        missed = self.residuals(world)
        return 0.5 * (missed[..., None, :] @ self.precision @ missed[..., None]).sum(dim=(0, 2, 3))

    def collisions(self, world: World) -> Tensor:
        """(k,) half the squared depths of all collisions, in units of what is tolerated."""
        if self.solids is None:
            return torch.zeros_like(world.t[0, :, 0])
        pairs = self.wiring.strangers[near(world, self.wiring.strangers)]
        return 0.5 * (penetration(world, pairs, self.solids) / TOLERANCE).square().sum(dim=0)

    def cost(self, world: World) -> Tensor:
        """(k,) what is minimised."""
        return self.bending(world) + self.collisions(world)


def precision_of(slopes: Tensor) -> Tensor:
    """(..., d, d) inverses of the symmetric parts of a denoiser's derivatives (..., d, d), their eigenvalues kept in bounds."""
    values, vectors = torch.linalg.eigh((slopes + slopes.mT).double() / 2)
    return (vectors / values.clamp(STIFF, 1.0)[..., None, :]) @ vectors.mT


def fitted(fit: Fit, start: World, steps: int = STEPS) -> World:
    """The worlds after that many steps of Levenberg's method, none of which is taken where it makes things worse."""
    world, cost = start, fit.cost(start)
    damping = torch.full_like(cost, 1e-3)
    for _ in range(steps):
        curvature, slope = _normal_equations(fit, world)
        diagonal = curvature.diagonal(dim1=-2, dim2=-1)
        damped = curvature + torch.diag_embed(damping[:, None] * diagonal + 1e-9)
        step = -torch.linalg.solve(damped, slope).unflatten(-1, (-1, 9)).movedim(0, 1)
        trial = moved(world, step.clamp(-FARTHEST, FARTHEST))
        after = fit.cost(trial)
        better = after < cost
        world = _chosen(better, trial, world)
        cost = torch.where(better, after, cost)
        damping = torch.where(better, damping / 10, damping * 10).clamp(1e-9, 1e6)
    return world


def better_of(fit: Fit, one: World, other: World) -> World:
    """Of two worlds for each sample the one that costs less."""
    return _chosen(fit.cost(one) <= fit.cost(other), one, other)


def _chosen(first: Tensor, one: World, other: World) -> World:
    return World(
        torch.where(first[:, None, None], one.R, other.R),
        torch.where(first[:, None], one.t, other.t),
        torch.where(first[:, None], one.scale, other.scale),
    )


def _normal_equations(fit: Fit, world: World) -> tuple[Tensor, Tensor]:
    """Gauss and Newton's curvature (k, 9n, 9n) and slope (k, 9n) of the cost, by steps of `moved`."""
    n, k = world.t.shape[:2]
    curvature, slope = world.t.new_zeros(n * n, k, 9, 9), world.t.new_zeros(n, k, 9)
    missed, columns = _edge_slopes(fit, world)
    weighted = columns.mT @ fit.precision
    _add(curvature, slope, n, (fit.wiring.bases, fit.wiring.targets), weighted @ columns, (weighted @ missed[..., None])[..., 0])
    if fit.solids is not None:
        pairs = fit.wiring.strangers[near(world, fit.wiring.strangers)]
        if len(pairs):
            depth, columns = _pair_slopes(fit.solids, world, pairs)
            outer = columns[..., None] * columns[..., None, :]
            _add(curvature, slope, n, (pairs[:, 0], pairs[:, 1]), outer, depth[..., None] * columns)
    return curvature.view(n, n, k, 9, 9).permute(2, 0, 3, 1, 4).reshape(k, 9 * n, 9 * n), slope.movedim(0, 1).flatten(1)


def _add(curvature: Tensor, slope: Tensor, n: int, ends: tuple[Tensor, Tensor], block: Tensor, pull: Tensor) -> None:
    """Add blocks (e, k, 18, 18) and slopes (e, k, 18) of pairs of objects to where these belong."""
    for i, row in enumerate(ends):
        rows = slice(9 * i, 9 * i + 9)
        slope.index_add_(0, row, pull[..., rows])
        for j, column in enumerate(ends):
            curvature.index_add_(0, row * n + column, block[..., rows, 9 * j : 9 * j + 9])


def _edge_slopes(fit: Fit, world: World) -> tuple[Tensor, Tensor]:
    """Residuals (e, k, 15) and their derivatives (e, k, 15, 18) by steps of base and target."""
    base, target = (_copies(world.of(ends)) for ends in (fit.wiring.bases, fit.wiring.targets))
    step = base.t.new_zeros(*base.t.shape[:-1], 18, requires_grad=True)
    with torch.enable_grad():
        there = relations(_nudged(base, step[..., :9]), _nudged(target, step[..., 9:]))
        value, slopes = each_number(fit.coordinates(there), step)
    return value - fit.wanted, slopes


def _copies(world: World) -> World:
    return World(*(part.repeat_interleave(WIDTH, dim=1) for part in (world.R, world.t, world.scale)))


def _pair_slopes(solids: Solids, world: World, pairs: Tensor) -> tuple[Tensor, Tensor]:
    """Depths (p, k) of collisions in units of what is tolerated, and their derivatives (p, k, 18) by steps of both objects."""
    both = pairs.flatten()
    step = world.t.new_zeros(len(both), world.t.shape[1], 9, requires_grad=True)
    alone = torch.arange(len(both)).view(-1, 2)
    with torch.enable_grad():
        depth = penetration(_nudged(world.of(both), step), alone, solids.rows(both)) / TOLERANCE
        (slopes,) = torch.autograd.grad(depth.sum(), step)
    return depth.detach(), torch.cat(slopes.unflatten(0, (-1, 2)).unbind(dim=1), dim=-1)


def _nudged(world: World, step: Tensor) -> World:
    """`moved` to first order: what a derivative at no step needs."""
    turn, shift, growth = step.split(3, dim=-1)
    size = world.scale.amax(dim=-1, keepdim=True)
    turned = torch.linalg.cross(turn[..., None, :], world.R, dim=-1)  # rows of R: R (w x v) = (R^T)^T ... see the test
    return World(world.R - turned, world.t + size * shift, world.scale * (1 + growth))
