"""Registration beside its peers, where they are installed: Open3D and scikit-learn. Both do the same problems in one run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lifting.benchmarks.problems import Problem, clouds, features, problem, start
from lifting.icp import icp
from lifting.pca import WIDTH, Moments
from lifting.ransac import RansacConfig, ransac
from lifting.similarity import RefusalError, Similarity

POINTS, OUTLIERS = (1_000, 10_000), (0.5, 0.7, 0.9)
ROWS, CHUNK = 50_000, 5_000  # of features, at all and at a time
ROTATION_DEG, SCALE = 5.0, 0.03  # errors that are a success
STAGES = len(POINTS) * len(OUTLIERS) + 2  # how often `advance` is told
ABSENT = "not installed"

Advance = Callable[[int], None]
Solve = Callable[[], Similarity | None]


def registration_suite(*, trials: int, rows: int = ROWS, advance: Advance = lambda _: None) -> dict[str, Any]:
    """Three tables: RANSAC by number of pairs and share of outliers, ICP with scale by number of points, PCA from 768 to 15."""
    try:
        open3d = import_module("open3d") if find_spec("open3d") else None
    except ImportError as error:  # it needs libraries of the system
        raise ValueError(f"Open3D is installed but cannot be loaded ({error}); install what it lacks, or uninstall it") from None
    sklearn = import_module("sklearn.decomposition") if find_spec("sklearn") else None
    consensus = []
    for points in POINTS:
        for outliers in OUTLIERS:
            consensus.append(consensus_row(points, outliers, trials, open3d))
            advance(1)
    closest = [closest_row(points, min(trials, 8), open3d) for points in POINTS]
    advance(1)
    projection = projection_rows(rows, sklearn)
    advance(1)
    return {
        "threads": torch.get_num_threads(),
        "open3d": ABSENT if open3d is None else open3d.__version__,
        "scikit_learn": ABSENT if sklearn is None else import_module("sklearn").__version__,
        "ransac": [asdict(row) for row in consensus],
        "icp": [asdict(row) for row in closest],
        "pca": [asdict(row) for row in projection],
    }


@dataclass(frozen=True)
class Score:
    """Of some trials: the share that succeeds, and medians of wall milliseconds and of the errors of those that succeed."""

    success: float
    ms: float
    rotation_deg: float
    scale_percent: float


@dataclass(frozen=True)
class Row:
    """Ours and Open3D's (None where it is not installed), and how many times longer that takes."""

    points: int
    outliers: float
    success: float
    ms: float
    rotation_deg: float
    scale_percent: float
    open3d_success: float | None = None
    open3d_ms: float | None = None
    open3d_rotation_deg: float | None = None
    open3d_scale_percent: float | None = None
    time_ratio: float | None = None


def row(points: int, outliers: float, ours: Score, theirs: Score | None) -> Row:
    """Side by side."""
    if theirs is None:
        return Row(points, outliers, **asdict(ours))
    beside = {f"open3d_{name}": value for name, value in asdict(theirs).items()}
    return Row(points, outliers, **asdict(ours), **beside, time_ratio=theirs.ms / ours.ms)


def score(trials: list[tuple[Solve, Similarity]]) -> Score:
    """What becomes of tasks whose truth is known. One more run of the first goes before."""
    trials[0][0]()
    times, errors = [], []
    for solve, truth in trials:
        begin = time.perf_counter()
        found = solve()
        times.append(time.perf_counter() - begin)
        errors.append((math.inf, math.inf) if found is None else off(found, truth))
    good = [error for error in errors if error[0] < ROTATION_DEG and error[1] < SCALE]
    angle, scale = np.median(good, axis=0) if good else (math.nan, math.nan)
    return Score(len(good) / len(trials), 1e3 * float(np.median(times)), float(angle), 100 * float(scale))


def off(found: Similarity, truth: Similarity) -> tuple[float, float]:
    """The angle in degrees, and the scale's share, by which a similarity is wrong."""
    chord = float(torch.linalg.matrix_norm(found.R - truth.R)) / math.sqrt(8)
    return math.degrees(2 * math.asin(min(1.0, chord))), abs(float(found.scale / truth.scale) - 1)


def consensus_row(points: int, outliers: float, trials: int, open3d: Any) -> Row:
    """RANSAC, at one number of hypotheses at most and one confidence. Open3D is told the scale of its threshold."""
    problems = [problem(np.random.default_rng([trial, points]), points, outliers) for trial in range(trials)]
    ours = score([(lambda p=p: own_consensus(p), p.truth) for p in problems])  # type: ignore[misc]
    if open3d is None:
        return row(points, outliers, ours, None)
    open3d.utility.random.seed(0)
    theirs = score([(lambda p=p: open3d_consensus(open3d, p), p.truth) for p in problems])  # type: ignore[misc]
    return row(points, outliers, ours, theirs)


def own_consensus(given: Problem) -> Similarity | None:
    """Ours."""
    try:
        return ransac(given.source, given.destination, generator=torch.Generator().manual_seed(0)).similarity
    except RefusalError:
        return None


def open3d_consensus(open3d: Any, given: Problem) -> Similarity:
    """registration_ransac_based_on_correspondence with scaling."""
    config, pipeline = RansacConfig(), open3d.pipelines.registration
    reach = config.threshold * float(given.truth.scale)
    indices = open3d.utility.Vector2iVector(np.stack([np.arange(len(given.source))] * 2, axis=1).astype(np.int32))
    result = pipeline.registration_ransac_based_on_correspondence(
        open3d_cloud(open3d, given.source), open3d_cloud(open3d, given.destination), indices, reach,
        pipeline.TransformationEstimationPointToPoint(True), 3, [pipeline.CorrespondenceCheckerBasedOnDistance(reach)],
        pipeline.RANSACConvergenceCriteria(config.most, config.confidence),
    )  # fmt: skip
    return similarity_of(result.transformation)


def closest_row(points: int, trials: int, open3d: Any) -> Row:
    """ICP from a guess that is 8 degrees, 8 % and 0.03 wrong, on clouds without outliers."""
    given = [clouds(np.random.default_rng([trial, points]), points) for trial in range(trials)]
    starts = [start(np.random.default_rng([trial, 1]), scene.truth) for trial, scene in enumerate(given)]
    tasks = list(zip(given, starts, strict=True))
    ours = score([
        (lambda g=g, s=s: icp(g.destination, g.source, s, normals=g.normals).similarity, g.truth)  # type: ignore[misc]
        for g, s in tasks
    ])  # fmt: skip
    if open3d is None:
        return row(points, 0.0, ours, None)
    theirs = score([(lambda g=g, s=s: open3d_closest(open3d, g, s), g.truth) for g, s in tasks])  # type: ignore[misc]
    return row(points, 0.0, ours, theirs)


def open3d_closest(open3d: Any, given: Problem, first: Similarity) -> Similarity:
    """registration_icp with scaling, which it has between points only; each point of the cloud looks for one of the template."""
    pipeline = open3d.pipelines.registration
    result = pipeline.registration_icp(
        open3d_cloud(open3d, given.destination), open3d_cloud(open3d, given.source), 0.1, first.inverse().matrix.numpy(),
        pipeline.TransformationEstimationPointToPoint(True), pipeline.ICPConvergenceCriteria(max_iteration=30),
    )  # fmt: skip
    return similarity_of(result.transformation).inverse()


def open3d_cloud(open3d: Any, points: Tensor) -> Any:
    """Points (n, 3) as Open3D has them."""
    return open3d.geometry.PointCloud(open3d.utility.Vector3dVector(points.numpy()))


def similarity_of(matrix: Any) -> Similarity:
    """Of a matrix (4, 4)."""
    T = torch.from_numpy(np.array(matrix))
    scale = torch.linalg.det(T[:3, :3]).clamp_min(1e-30) ** (1 / 3)
    return Similarity(T[:3, :3] / scale, T[:3, 3], scale)


@dataclass(frozen=True)
class Projected:
    """A way from 768 numbers to 15: seconds, how many times longer than the first way, and the least cosine between its subspace
    and the exact one."""

    way: str
    seconds: float
    time_ratio: float
    least_cosine: float


def projection_rows(rows: int, sklearn: Any) -> list[Projected]:
    """Features that come in chunks, as images do."""
    chunks = list(features(rows).split(min(CHUNK, rows)))
    exact = axes_of(chunks, torch.float64)

    def theirs() -> Tensor:
        learner = sklearn.IncrementalPCA(WIDTH)
        for chunk in chunks:
            learner.partial_fit(chunk.numpy())
        return torch.from_numpy(learner.components_.T)

    ways: dict[str, Callable[[], Tensor]] = {
        "covariance, float32": lambda: axes_of(chunks, torch.float32),
        "covariance, bfloat16": lambda: axes_of(chunks, torch.bfloat16),
    }
    if sklearn is not None:
        ways["scikit-learn, IncrementalPCA"] = theirs
    found: list[Projected] = []
    for way, solve in ways.items():
        begin = time.perf_counter()
        axes = solve()
        taken = time.perf_counter() - begin
        cosine = float(torch.linalg.svdvals(exact.double().mT @ axes.double()).min())
        found.append(Projected(way, taken, taken / found[0].seconds if found else 1.0, cosine))
    return found


def axes_of(chunks: list[Tensor], precision: torch.dtype) -> Tensor:
    """Ours, (768, 15)."""
    moments = Moments(precision)
    for chunk in chunks:
        moments.add(chunk)
    return moments.projection().axes
