"""Solid textures: what holds for every kind, and what an object's own texture promises."""

from __future__ import annotations

import json

import numpy as np
import pytest

from oor.textures import ADJECTIVES, KINDS, Material, Texture, _volume, random_texture

POINTS = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 3))
BASE, ACCENT = (150.0, 120.0, 90.0), (60.0, 80.0, 140.0)


def material(kind: str, **changes: float) -> Material:
    return Material(kind, BASE, ACCENT, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_colour_depends_on_the_point_alone(kind: str) -> None:
    colours = material(kind).colours(POINTS)
    assert colours.shape == (4000, 3) and np.isfinite(colours).all() and colours.min() >= 0 and colours.max() <= 255
    order = np.random.default_rng(1).permutation(4000)
    np.testing.assert_array_equal(material(kind).colours(POINTS[order]), colours[order])
    np.testing.assert_array_equal(material(kind).colours(POINTS[:7]), colours[:7])
    assert material(kind).colours(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_detail_goes_from_one_colour_to_a_rich_pattern(kind: str) -> None:
    strengths = [material(kind, detail=detail).colours(POINTS) - BASE for detail in (0.0, 0.25, 0.5, 1.0)]
    np.testing.assert_array_equal(strengths[0], 0)
    spread = [float(values.std(axis=0).sum()) for values in strengths]
    assert spread == sorted(spread) and spread[3] > 2.5 * spread[1] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_neighbouring_points_have_nearly_the_same_colour(kind: str) -> None:
    step = material(kind).colours(POINTS + np.array([1e-5, 0, 0])) - material(kind).colours(POINTS)
    assert np.quantile(np.abs(step), 0.999) < 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_fixes_the_pattern_and_another_one_cuts_it_elsewhere(kind: str) -> None:
    one, again, other = (material(kind, seed=seed).colours(POINTS) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    shade = [colours.sum(axis=1) for colours in (one, other)]
    assert abs(np.corrcoef(shade)[0, 1]) < 0.5 and (one != other).mean() > 0.5


def test_plain_is_the_quietest_kind() -> None:
    spread = {kind: float(material(kind).colours(POINTS).std(axis=0).sum()) for kind in KINDS}
    assert min(spread, key=spread.__getitem__) == "plain" and sorted(spread.values())[1] > 2 * spread["plain"]


def test_a_higher_frequency_shows_more_of_the_same_pattern() -> None:
    fine = material("marble", frequency=2.0).colours(POINTS / 2)
    np.testing.assert_allclose(fine, material("marble").colours(POINTS), atol=1e-9)


@pytest.mark.parametrize("name", ["broad", "smooth", "fine"])
def test_noise_is_centred_periodic_and_of_unit_strength(name: str) -> None:
    volume = _volume(name)
    assert abs(volume.mean()) < 1e-4 and volume.std() == pytest.approx(1, abs=1e-4)
    inner = np.abs(np.diff(volume, axis=0)).mean()
    assert np.abs(volume[0] - volume[-1]).mean() < 1.5 * inner


def test_noise_falls_off_with_frequency_as_it_says() -> None:
    rows = [np.abs(np.fft.fft(_volume("broad")[:, i, j])) ** 2 for i in range(0, 128, 8) for j in range(0, 128, 8)]
    power = np.mean(rows, axis=0)
    k = np.arange(4, 33)
    slope = np.polyfit(np.log(k), np.log(power[4:33]), 1)[0]
    assert slope == pytest.approx(-1, abs=0.35)  # along a line; 2 more dimensions make it k^-3 in space
    fine = np.mean([np.abs(np.fft.fft(_volume("fine")[:, i, i])) ** 2 for i in range(0, 128, 4)], axis=0)
    assert fine[27:64].max() < 1e-6 * fine[:26].max()


def test_every_region_has_its_own_material() -> None:
    materials = tuple(Material("plain", base, base, detail=0.0) for base in ((10.0, 0.0, 0.0), (0.0, 20.0, 0.0)))
    regions = np.arange(4000, dtype=np.int32) % 2
    colours = Texture(materials)(POINTS, regions)
    np.testing.assert_array_equal(colours[::2], [[10, 0, 0]] * 2000)
    np.testing.assert_array_equal(colours[1::2], [[0, 20, 0]] * 2000)


COLOURS = [(196, 62, 52), (244, 244, 242), (176, 182, 190), (176, 124, 74)]


def test_a_texture_survives_json() -> None:
    texture = random_texture(COLOURS, [0, 0, 1, 2], np.random.default_rng(3))
    assert Texture.from_json(json.loads(json.dumps(texture.to_json()))) == texture


def test_instances_differ_and_a_seed_fixes_one() -> None:
    made = [random_texture(COLOURS, [0, 0, 1, 2], np.random.default_rng(seed)) for seed in range(20)]
    assert len({json.dumps(texture.to_json()) for texture in made}) == 20
    assert made[4] == random_texture(COLOURS, [0, 0, 1, 2], np.random.default_rng(4))
    assert {material.kind for texture in made for material in texture.materials} == set(KINDS)


def test_regions_of_a_part_share_their_pattern_and_keep_their_contrast() -> None:
    for seed in range(20):
        red, white, *_ = random_texture(COLOURS, [0, 0, 1, 2], np.random.default_rng(seed), detail=0.3).materials
        assert (red.kind, red.frequency, red.seed, red.detail) == (white.kind, white.frequency, white.seed, 0.3)
        assert sum(white.base) > sum(red.base)


def test_what_grew_keeps_its_colour_and_is_not_painted() -> None:
    for seed in range(20):
        (apple,) = random_texture([(200, 40, 40)], [0], np.random.default_rng(seed), natural=True).materials
        assert np.argmax(apple.base) == 0 and apple.base[0] > 1.5 * max(apple.base[1:])
        assert apple.kind not in ("glazed", "woven", "metal", "wood")


def test_every_kind_can_be_said() -> None:
    assert set(ADJECTIVES) == set(KINDS)


@pytest.mark.parametrize(("changes", "said"), [
    ({"kind": "velvet"}, "no texture called 'velvet'"), ({"frequency": 0.0}, "frequency > 0"),
    ({"frequency": np.nan}, "frequency > 0"), ({"detail": -0.1}, "detail from 0 to 2"), ({"detail": np.nan}, "detail from 0"),
])
def test_impossible_materials_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Material(**{"kind": "wood", "base": BASE, "accent": ACCENT, **changes})  # type: ignore[arg-type]


def test_foreign_json_and_colours_without_parts_are_refused() -> None:
    for rows in ([{"kind": "wood"}], [{"colour": 3}]):
        with pytest.raises(ValueError, match="this is no texture"):
            Texture.from_json(rows)
    with pytest.raises(ValueError, match="one RGB colour for each"):
        random_texture(COLOURS, [0], np.random.default_rng(0))
