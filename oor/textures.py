"""Solid textures: colours of an object's surface as a function of where a point lies in the object's own frame.

A texture needs no unwrapping: it fills space and the surface cuts through it, as a bowl does through the wood it was turned
from. So it stays on the object however that is posed, sized or seen. Lengths are parts of the longest edge, y is up.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]
Colour = tuple[float, float, float]  # RGB, 0 to 255
Pattern = tuple[Array, Array]  # share of the accent colour (n,), 0 to 1; change of brightness (n,), about 0

_SIDE = 128  # voxels of a noise volume, along each edge
_LONG, _SHORT = 16.0, 5.0  # wavelengths of fine noise, voxels


@dataclass(frozen=True)
class Material:
    """One texture: colour by position.

    kind: a name in `KINDS`. base, accent: its two colours. frequency: patterns along the object's longest edge are multiplied by
    this. detail: strength of the pattern; 0 is the base colour everywhere, 1 a rich pattern. seed: where the pattern is cut.
    Raises ValueError for an unknown kind, and for a frequency or detail that is no strength.
    """

    kind: str
    base: Colour
    accent: Colour
    frequency: float = 1.0
    detail: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no texture called {self.kind!r}; choose {', '.join(KINDS)}")
        if not 0 < self.frequency < np.inf or not 0 <= self.detail <= 2:
            raise ValueError(f"a texture needs a frequency > 0 and a detail from 0 to 2, got {self.frequency} and {self.detail}")

    def colours(self, points: Array) -> Array:
        """(n, 3) RGB, 0 to 255, at points (n, 3)."""
        base, accent = np.asarray(self.base, float), np.asarray(self.accent, float)
        place = _Place.of(points, self.frequency, self.seed)
        share, shade = KINDS[self.kind](place)
        colour = base + self.detail * np.clip(share, 0, 1)[:, None] * (accent - base)
        grain = place.fine(3.1) * (0.02 if self.kind == "plain" else 0.05)
        return np.clip(colour * (1 + self.detail * (shade + grain))[:, None], 0, 255)


@dataclass(frozen=True)
class Texture:
    """The materials of an object's regions: a region is any part of the surface that has one material."""

    materials: tuple[Material, ...]

    def __call__(self, points: Array, regions: NDArray[np.int32]) -> Array:
        """(n, 3) RGB, 0 to 255, at points (n, 3) of regions (n,)."""
        found = np.zeros((len(points), 3))
        for region in np.unique(regions):
            mine = np.flatnonzero(regions == region)
            found[mine] = self.materials[region].colours(points[mine])
        return found

    def to_json(self) -> list[dict[str, Any]]:
        """JSON values that `from_json` reads."""
        return [dict(vars(material)) for material in self.materials]

    @staticmethod
    def from_json(rows: Sequence[Mapping[str, Any]]) -> Texture:
        """The texture of these JSON values. ValueError when they are of something else."""
        try:
            return Texture(tuple(Material(**{**row, "base": tuple(row["base"]), "accent": tuple(row["accent"])}) for row in rows))
        except (TypeError, KeyError) as error:
            raise ValueError(f"this is no texture ({error}); write one with Texture.to_json") from None


@dataclass(frozen=True, eq=False)
class _Place:
    """Points of an object (n, 3), and the same in the turned and shifted axes that its pattern is cut from."""

    own: Array
    cut: Array
    lift: float  # a random number in [0, 1): shifts what depends on the object's own axes

    @staticmethod
    def of(points: Array, frequency: float, seed: int) -> _Place:
        rng = np.random.default_rng([77, seed])
        turn = Rotation.from_quat(rng.normal(size=4)).as_matrix()
        shift = rng.uniform(0, 1, 3)
        own = np.asarray(points, float) * frequency
        return _Place(own, own @ turn.T + shift, float(rng.random()))

    def broad(self, stretch: ArrayLike = 1.0) -> Array:
        """(n,) noise with structure of every size, normal with deviation 1; larger `stretch`, finer structure."""
        return _lookup(_volume("broad"), self.cut * np.asarray(stretch))

    def smooth(self, stretch: ArrayLike = 1.0) -> Array:
        """(n,) slow waves without detail, normal with deviation 1."""
        return _lookup(_volume("smooth"), self.cut * np.asarray(stretch))

    def fine(self, stretch: ArrayLike = 1.0) -> Array:
        """(n,) noise of blots a twentieth of the object wide, normal with deviation 1."""
        return _lookup(_volume("fine"), self.cut * np.asarray(stretch))


def _lookup(volume: NDArray[np.float32], points: Array) -> Array:
    return np.asarray(map_coordinates(volume, points.T * _SIDE, order=1, mode="grid-wrap", output=np.float64, prefilter=False))


@cache
def _volume(name: str) -> NDArray[np.float32]:
    """Periodic noise (128, 128, 128) over the unit cube, mean 0 and deviation 1: white noise with its spectrum filtered.

    Cuts through "broad" noise have amplitudes that fall as 1 / frequency, as those of photographs do; "smooth" falls faster,
    and "fine" has short waves only.
    """
    white = np.random.default_rng(5).standard_normal((_SIDE,) * 3, dtype=np.float32)
    steps, half = np.fft.fftfreq(_SIDE) * _SIDE, np.arange(_SIDE // 2 + 1)
    k = np.sqrt(steps[:, None, None] ** 2 + steps[None, :, None] ** 2 + half[None, None] ** 2)
    k[0, 0, 0] = 1.0
    gain = {"broad": k**-1.5, "smooth": k**-3.5, "fine": ((k > _SIDE / _LONG) & (k < _SIDE / _SHORT)) / k}[name]
    gain[0, 0, 0] = 0.0
    noise = np.fft.irfftn(np.fft.rfftn(white) * gain, s=white.shape, axes=(0, 1, 2))
    return (noise / noise.std()).astype(np.float32)


def _step(values: Array, width: float) -> Array:
    """0 where values are well below 0, 1 where well above, smooth over `width`."""
    t = np.clip(values / width + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _wood(place: _Place) -> Pattern:
    """Year rings about a wavering axis, and short dark pores along it."""
    x, y, _ = (place.cut * [1, 1, 0.25]).T
    radius = np.hypot(x, y) + 0.06 * place.smooth([1, 1, 0.3]) + 0.003 * place.broad([2, 2, 0.3])
    ring = 11 * radius % 1.0
    pores = place.fine([1.6, 1.6, 0.15])
    return 0.8 * ring**1.5 * _step(0.95 - ring, 0.1), -0.2 * _step(pores - 1.1, 0.6) + 0.05 * pores


def _marble(place: _Place) -> Pattern:
    """Veins where slow waves change their sign, and clouds between them."""
    clouds = place.broad()
    broad, narrow = place.smooth(1.6) + 0.12 * clouds, place.smooth(3) + 0.2 * clouds
    veins = np.exp(-np.abs(broad) / 0.1) + 0.6 * np.exp(-np.abs(narrow) / 0.12)
    return 0.75 * veins + 0.2 * _step(clouds, 3.0), 0.05 * place.fine()


def _speckle(place: _Place) -> Pattern:
    """Blots like the stones in terrazzo, of two brightnesses."""
    blots, grains = place.fine(), place.fine(1.9)
    return _step(blots - 0.9, 0.4), 0.18 * _step(grains - 1.2, 0.5) - 0.18 * _step(-1.2 - grains, 0.5) + 0.05 * place.broad()


def _woven(place: _Place) -> Pattern:
    """Stripes both ways that cross, with threads in them."""
    across, along, _ = (2 * np.pi * (place.cut + 0.004 * place.broad()[:, None])).T
    warp, weft = _step(np.sin(7 * across), 0.4), _step(np.sin(5 * along + np.sin(across)), 0.4)
    return 0.45 * warp + 0.45 * weft, 0.1 * place.fine([3, 0.7, 0.7]) + 0.05 * place.broad(2.0)


def _glazed(place: _Place) -> Pattern:
    """Painted bands around the object with waved edges, dots between them, and a glaze that pooled."""
    x, y, z = place.own.T
    angle, height = np.arctan2(x, z), y + place.lift
    wave = 0.013 * np.sin(np.round(9 + 6 * place.lift) * angle) + 0.004 * place.broad()
    band = _step(np.sin(2 * np.pi * 2.6 * (height + wave)) - 0.35, 0.25)
    dots = _step(np.sin(14 * angle) * np.sin(2 * np.pi * 9 * height) - 0.6, 0.25) * (1 - band)
    return np.maximum(0.9 * band, 0.7 * dots), 0.07 * place.broad() + 0.03 * place.fine()


def _metal(place: _Place) -> Pattern:
    """Long fine scratches one way, and a sheen that comes and goes."""
    scratches = place.fine([0.12, 1.8, 1.8])
    return 0.35 + 0.3 * place.broad(0.6), 0.1 * scratches + 0.05 * place.broad(2.0)


def _plain(place: _Place) -> Pattern:
    """Almost nothing: faint clouds."""
    return np.zeros(len(place.own)), 0.03 * place.broad() + 0.01 * place.fine()


KINDS: Mapping[str, Callable[[_Place], Pattern]] = {
    "wood": _wood, "marble": _marble, "speckle": _speckle, "woven": _woven, "glazed": _glazed, "metal": _metal, "plain": _plain,
}  # fmt: skip
GROWN = ("speckle", "marble", "plain")  # patterns that fruit and fur may have
ADJECTIVES: Mapping[str, str] = {  # how a person would say it
    "wood": "wooden", "marble": "marble", "speckle": "speckled", "woven": "striped", "glazed": "painted", "metal": "metal",
    "plain": "plain",
}  # fmt: skip


def random_texture(colours: ArrayLike, parts: Sequence[int], rng: np.random.Generator, *, detail: float = 1.0,
                   natural: bool = False) -> Texture:
    """A texture for an object of which we know the usual colours: regions of one part share a kind, and differ in colour.

    colours: (r, 3) RGB of the regions, 0 to 255; parts: which part each region belongs to. A colour says what a thing may be made
    of: brown is often wood, grey often metal. natural: it grew, so that nobody painted, wove or recoloured it.
    """
    usual = np.asarray(colours, float)
    if usual.ndim != 2 or usual.shape[1] != 3 or len(usual) != len(parts):
        raise ValueError(f"a texture needs one RGB colour for each region's part, got {usual.shape} for {len(parts)} parts")
    materials: dict[int, Material] = {}
    whole = _ColourShift.drawn(rng, 0.0 if natural else 0.3)
    for part in dict.fromkeys(parts):
        regions = [i for i, own in enumerate(parts) if own == part]
        kind = str(rng.choice(GROWN)) if natural else _likely_kind(usual[regions[0]], rng)
        shift = whole if rng.random() < 0.75 else _ColourShift.drawn(rng, 0.0)
        frequency, opposite = float(np.exp(rng.uniform(np.log(0.75), np.log(1.5)))), float(rng.uniform(0.25, 0.75))
        seed = int(rng.integers(2**31))
        for region in regions:
            base = shift.of(usual[region])
            materials[region] = Material(kind, base, _accent(kind, base, opposite), frequency, detail, seed)
    return Texture(tuple(materials[i] for i in range(len(parts))))


def _likely_kind(colour: Array, rng: np.random.Generator) -> str:
    hue, saturation, value = colorsys.rgb_to_hsv(*(colour / 255))
    if 0.04 < hue < 0.13 and saturation > 0.25 and value > 0.3:
        kinds = ("wood", "wood", "wood", "speckle", "glazed")
    elif saturation < 0.15 and value < 0.85:
        kinds = ("metal", "metal", "speckle", "plain", "marble")
    elif saturation < 0.15:
        kinds = ("glazed", "glazed", "marble", "speckle", "plain")
    else:
        kinds = ("glazed", "woven", "speckle", "marble", "plain")
    return str(rng.choice(kinds))


@dataclass(frozen=True)
class _ColourShift:
    """A change of hue, saturation and brightness that keeps what is dark dark and what is pale beside it paler."""

    hue: float
    saturation: float
    least_saturation: float
    value: float

    @staticmethod
    def drawn(rng: np.random.Generator, recolour: float) -> _ColourShift:
        other = bool(rng.random() < recolour)
        return _ColourShift(float(rng.uniform(0, 1) if other else rng.uniform(-0.03, 0.03)),
                            float(rng.uniform(0.5, 0.9) if other else rng.uniform(0.75, 1.2)),
                            float(rng.uniform(0.1, 0.55)) if other else 0.0, float(rng.uniform(0.9, 1.15)))

    def of(self, colour: Array) -> Colour:
        hue, saturation, value = colorsys.rgb_to_hsv(*(colour / 255))
        saturation = min(max(saturation, self.least_saturation) * self.saturation, 0.85)
        return _rgb(hue + self.hue, saturation, min(max(value * self.value, 0.06), 0.95))


def _accent(kind: str, base: Colour, opposite: float) -> Colour:
    """A second colour that goes with the first: painted and woven things contrast in hue, others in brightness."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in base))
    other = value * 0.55 if value > 0.4 else value * 1.5 + 0.15
    if kind in ("glazed", "woven"):
        return _rgb(hue + opposite, max(saturation, 0.45), other)
    return _rgb(hue + 0.02, min(saturation * 1.15, 0.9), other)


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = (round(255 * channel, 2) for channel in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))
    return red, green, blue
