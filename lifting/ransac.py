"""The similarity that most pairs of points agree on, when most of them may be wrong.

RANSAC (Fischler and Bolles 1981) by thousands of hypotheses at once. Three pairs make one. Whether their triangles have one shape
is asked before anything else, which leaves a few of a hundred; these cost no SVD, are counted on some pairs, the best of them on
all, and the best of those is fitted to what agrees with it. What is found must be more than wrong pairs agree on by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from scipy.special import betainc
from torch import Tensor

from lifting.similarity import PRECISION, Doubt, RefusalError, Similarity, doubt, triangle_similarity, umeyama

SLENDER = 0.02  # least height of a triangle, as a share of its longest edge
LOCAL, FINAL = 3, 20  # fits to what agrees: of every batch's best, and, at most, of the best of all
STILL = 1e-7  # a change of the fit that is none
SHARES = (1.0, 0.5, 0.25, 0.125)  # of the threshold: how close an agreement may be asked to be
WRONG = 8192  # pairs of strangers, to learn what agrees by chance


@dataclass(frozen=True)
class RansacConfig:
    """How pairs are judged. Lengths are in units of the template, whose longest edge is 1."""

    threshold: float = 0.05  # how far apart a pair may be that agrees
    edge_ratio: float = 1.15  # by how much the three ratios of edges of two triangles may differ
    batch: int = 4096  # hypotheses at once
    most: int = 400_000  # hypotheses at all
    confidence: float = 0.999  # that one of them was good, before the search ends
    subset: int = 256  # pairs that every hypothesis is judged on
    finalists: int = 24  # hypotheses of a batch that are judged on all pairs
    chance: float = 1e-2  # how many agreements as large wrong pairs may be expected to have
    rotation_doubt: float = 0.05  # standard error, in radians, from which a turn counts as open
    scale_doubt: float = 0.03  # and a scale, as a share of it


@dataclass(frozen=True, eq=False)
class Consensus:
    """What the pairs agree on. Lengths are in units of the source (the template)."""

    similarity: Similarity  # source to destination, float64
    inliers: Tensor  # (n,) of the pairs
    residual: float  # root mean square distance of the inliers
    doubt: Doubt
    hypotheses: int  # that were tried

    @property
    def inlier_ratio(self) -> float:
        """Share of the pairs that agree."""
        return float(self.inliers.double().mean())


def ransac(
    source: Tensor, destination: Tensor, *, generator: torch.Generator, config: RansacConfig | None = None
) -> Consensus:
    """The similarity from n template points (n, 3) to the cloud points that they are paired with.

    Runs where the points are; the generator is the CPU's. Equal generators give equal results. RefusalError for fewer than
    three pairs, points that are not finite or on a line, pairs that agree on nothing ("no consensus"), and agreement that
    leaves the turn or the scale open. ValueError for shapes that do not fit.
    """
    config = config or RansacConfig()
    refuse_unusable(source, destination)
    x = (source - source.mean(dim=0)).float()
    middle, unit = typical_size(destination)
    y = ((destination - middle) / unit).float()
    found, tried, tested = _search(x, y, generator, config)
    if found is None:
        raise RefusalError("no consensus", f"None of {tried} triples of pairs has triangles of one shape; check the features.")
    a, b, S = source.double(), destination.double(), _placed(found, source, middle, unit)
    near = distances(a, b, S) < 2 * config.threshold
    S = _fitted(a[near], b[near], S, config.threshold, FINAL)
    distance = distances(a, b, S)
    inliers = distance <= config.threshold
    refuse_chance(distance, _wrong_distances(a, b, S, generator), tested, config)
    residual = float(distance[inliers].square().mean().sqrt())
    certain = doubt(source[inliers], residual)
    refuse_doubt(certain, config)
    return Consensus(S, inliers, residual, certain, tried)


def distances(source: Tensor, destination: Tensor, S: Similarity) -> Tensor:
    """(..., n) distances of pairs, in units of the source."""
    return torch.linalg.vector_norm(S(source) - destination, dim=-1) / S.scale[..., None]


def refuse_unusable(source: Tensor, destination: Tensor) -> None:
    """RefusalError for pairs that no similarity can be fitted to, right or wrong; ValueError for shapes that do not fit."""
    if source.ndim != 2 or source.shape != destination.shape or source.shape[1] != 3:
        raise ValueError(f"Pairs need points (n, 3) on both sides, got {tuple(source.shape)} and {tuple(destination.shape)}.")
    if len(source) < 3:
        raise RefusalError("too few points", f"A similarity needs three pairs or more, got {len(source)}.")
    if not (torch.isfinite(source).all() and torch.isfinite(destination).all()):
        raise RefusalError("not finite", "Points contain NaN or infinity; drop them or fix what produced them.")
    for points, least in ((source, PRECISION), (destination, 0.0)):
        centred = (points - points.mean(dim=0)).double()
        spread = torch.linalg.svdvals(centred) / math.sqrt(len(points))
        if not float(spread[1]) > max(least, 1e-6 * float(spread[0])):
            raise RefusalError("collinear", "All points are on one line, which leaves the turn about it open; take more.")


def typical_size(points: Tensor) -> tuple[Tensor, Tensor]:
    """A middle (3,) and a typical distance from it; few outliers move neither much."""
    middle = points.median(dim=0).values
    away = torch.linalg.vector_norm(points - middle, dim=1)
    typical = away.median()
    return middle, typical if typical > 1e-6 * away.max() else away.mean()


def _placed(S: Similarity, source: Tensor, middle: Tensor, unit: Tensor) -> Similarity:
    """The similarity of the points themselves, from that of centred ones."""
    R, scale = S.R.double(), S.scale.double() * unit.double()
    t = S.t.double() * unit.double() + middle.double() - scale * (R @ source.mean(dim=0).double())
    return Similarity(R, t, scale)


def _search(x: Tensor, y: Tensor, generator: torch.Generator, config: RansacConfig) -> tuple[Similarity | None, int, int]:
    """The best similarity of centred points, how many were tried, and how many of those were counted."""
    n, tried, tested, most = len(x), 0, 0, config.most
    terms = _terms(x, y)
    some = terms[torch.randperm(n, generator=generator)[: config.subset].to(x.device)]
    best, highest = None, 0.0
    columns = torch.cat([x, y], dim=1).T.contiguous()
    while tried < most:
        triples = torch.randint(n, (3, config.batch), generator=generator).to(x.device)
        tried += config.batch
        tries = _hypotheses(x, y, triples[:, _alike(columns, triples, config)])
        tested += len(tries.t)
        if len(tries.t) == 0:
            continue
        tries = tries[_scores(some, tries, config.threshold).topk(min(config.finalists, len(tries.t))).indices]
        first = tries[int(_scores(terms, tries, config.threshold).argmax())]
        fitted = _fitted(x, y, first, config.threshold, LOCAL)
        agreement = _agreement(x, y, fitted, config.threshold)
        if float(agreement.sum()) > highest:
            best, highest = fitted, float(agreement.sum())
            most = min(config.most, _enough(int(torch.count_nonzero(agreement)) / n, config.confidence))
    return best, tried, tested


def _enough(inlier_ratio: float, confidence: float) -> int:
    """Hypotheses of which one was good, with that confidence, if half of those from inliers alone are."""
    good = inlier_ratio**3 / 2
    return 0 if good == 0 else math.ceil(math.log(1 - confidence) / math.log1p(-good))


def _alike(columns: Tensor, triples: Tensor, config: RansacConfig) -> Tensor:
    """(k,) of the triples whose triangles have one shape and are no lines. columns: (6, n), x above y."""
    count = triples.shape[1]
    corners = columns.index_select(1, triples.flatten()).view(2, 3, 3, count)
    squares = (corners - corners.roll(1, dims=2)).square().sum(dim=1)  # (2, 3 edges, h)
    ratios = squares[1] / squares[0]
    high, low = ratios.amax(dim=0), ratios.amin(dim=0)
    alike = (high <= config.edge_ratio**2 * low) & (squares[0].amin(dim=0) > config.threshold**2)
    a, b, c = squares[0]
    flat = 4 * a * b - (a + b - c).square() <= 4 * SLENDER**2 * squares[0].amax(dim=0).square()  # Heron: 16 area^2
    return torch.nonzero(alike & ~flat)[:, 0]


def _hypotheses(x: Tensor, y: Tensor, triples: Tensor) -> Similarity:
    S = triangle_similarity(x[triples.T], y[triples.T])
    sound = torch.isfinite(S.t).all(dim=-1) & torch.isfinite(S.R).all(dim=(-2, -1)) & (S.scale > 0)
    return S if bool(sound.all()) else S[sound]


def _terms(x: Tensor, y: Tensor) -> Tensor:
    """(n, 18): what the squared distance of a pair is linear in."""
    products, squares = (y[:, :, None] * x[:, None, :]).flatten(1), torch.stack([y, x], dim=1).square().sum(dim=2)
    return torch.cat([products, y, x, squares, torch.ones_like(x[:, :1])], dim=1)


def _scores(terms: Tensor, S: Similarity, threshold: float) -> Tensor:
    """(h,) sums over pairs of `1 - (distance / threshold)^2`, where positive (MSAC, Torr and Zisserman 2000).

    In units of x, the squared distance is `|y - t|^2 / s^2 + |x|^2 - 2 (y - t)^T R x / s`.
    """
    s = S.scale[:, None]
    linear = [
        -2 * S.R.flatten(1) / s, -2 * S.t / s**2, 2 * (S.R.mT @ S.t[:, :, None])[..., 0] / s,
        s**-2, torch.ones_like(s), (S.t / s).square().sum(1, keepdim=True) - threshold**2,
    ]  # fmt: skip
    return (terms @ (torch.cat(linear, dim=1).T / -(threshold**2))).clamp_min_(0).sum(dim=0)


def _agreement(x: Tensor, y: Tensor, S: Similarity, threshold: float) -> Tensor:
    """(n,) `1 - (distance / threshold)^2` of pairs, where positive."""
    return (1 - (distances(x, y, S) / threshold).square_()).clamp_min_(0)


def _fitted(x: Tensor, y: Tensor, S: Similarity, threshold: float, most: int) -> Similarity:
    """Fits to what agrees, again and again, with the squared agreement as its weight (Tukey's biweight)."""
    for _ in range(most):
        weights = _agreement(x, y, S, threshold).square_()
        if int(torch.count_nonzero(weights)) < 3:
            return S
        new = umeyama(x, y, weights)
        change = float((new.R / S.scale * new.scale - S.R).abs().max() + ((new.t - S.t) / S.scale).abs().max())
        if not math.isfinite(change) or not new.scale > 0:
            return S
        S = new
        if change < STILL:
            break
    return S


def _wrong_distances(x: Tensor, y: Tensor, S: Similarity, generator: torch.Generator) -> Tensor:
    """(WRONG,) distances of pairs that nothing has paired: each point with any other's."""
    n = len(x)
    one, on = torch.randint(n, (WRONG,), generator=generator), torch.randint(1, n, (WRONG,), generator=generator)
    return distances(x[one.to(x.device)], y[((one + on) % n).to(x.device)], S)


def refuse_chance(right: Tensor, wrong: Tensor, tested: int, config: RansacConfig) -> None:
    """RefusalError if wrong pairs would agree as well, somewhere among all that was tested (Moisan and Stival 2004).

    right, wrong: distances of the n pairs, and of wrong ones, of which there are n (n - 1) kinds. A few that agree closely tell
    as much as many that agree loosely: asked of a few thresholds.
    """
    n, expected = len(right), math.inf
    rarest = 1 / (n * (n - 1) + 1)
    tests = len(SHARES) * min(tested, math.comb(n, 3))
    for limit in (share * config.threshold for share in SHARES):
        agree, rate = int((right <= limit).sum()), max(rarest, (int((wrong <= limit).sum()) + 1) / (WRONG + 1))
        if agree > 3:
            expected = min(expected, tests * float(betainc(agree - 3, n - agree + 1, rate)))
    if not expected < config.chance:
        agree = int((right <= config.threshold).sum())
        raise RefusalError("no consensus", f"{agree} of {n} pairs agree, which wrong pairs do by chance; check the features.")


def refuse_doubt(certain: Doubt, config: RansacConfig) -> None:
    """RefusalError if pairs leave the turn or the scale open."""
    if not certain.rotation <= config.rotation_doubt:
        told = f"The turn is uncertain by {certain.rotation:.2g} radians, more than {config.rotation_doubt:.2g}"
        raise RefusalError("rotation undetermined", told + "; take more of the object.")
    if not certain.scale <= config.scale_doubt:
        told = f"The scale is uncertain by {certain.scale:.2g} of itself, more than {config.scale_doubt:.2g}"
        raise RefusalError("scale undetermined", told + "; take more of the object.")
