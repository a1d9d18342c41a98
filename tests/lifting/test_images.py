"""Images of the embedded world, and the prompts that an image model would get."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lifting.images import EmbeddedImages, ImageSource, photograph, prompt_for, read_picture, write_picture
from lifting.staging import Studio, scenes
from oor.catalog.contexts import Context
from oor.query import parse_query

SMALL = Studio(size_px=48, supersample=2)
POUR, TABLE = Context("teapot", "pours into", "teacup"), Context("mug", "on", "table")


def test_the_embedded_source_shows_a_motion_frame_by_frame_with_the_truth_beside_it() -> None:
    source: ImageSource = EmbeddedImages(SMALL)
    shots = list(source(POUR, 3, 4))
    (first,) = source(POUR, 3)
    assert len(shots) >= 2 and first.picture.rgb.tobytes() == shots[0].picture.rgb.tobytes()
    assert len({shot.picture.rgb.tobytes() for shot in shots}) == len(shots)
    for shot in shots:
        assert shot.picture.rgb.shape == (48, 48, 3) and shot.picture.context == POUR
        assert shot.scene is not None and shot.picture.caption == first.picture.caption
        assert not any(value is shot.scene for value in vars(shot.picture).values())


@pytest.mark.parametrize("context", [POUR, TABLE], ids=str)
def test_a_picture_is_white_around_what_its_scene_holds(context: Context) -> None:
    (scene,) = scenes(context, 2, studio=SMALL)
    picture = photograph(scene, 2)
    (seen,) = scene.views([scene.camera], 2)
    around = seen.ids < 0
    inner = around.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            inner &= np.roll(around, step, axis)  # no object in the pixels beside it
    assert (picture.rgb[inner] == 255).all() and inner.mean() > 0.3
    assert (picture.rgb[seen.ids >= 0] < 250).any(axis=-1).mean() > 0.9


@pytest.mark.parametrize("context", [POUR, TABLE, Context("knife", "cuts", "apple"), Context("plate", "stacks on", "plate")],
                         ids=str)
def test_a_caption_says_the_context_and_the_prompt_adds_what_the_paper_adds(context: Context) -> None:
    for seed in range(3):
        picture = next(iter(EmbeddedImages(SMALL)(context, seed))).picture
        query = parse_query(picture.caption)
        assert (query.target, query.predicate, query.base) == (context.target, context.predicate, context.base)
        assert picture.prompt.endswith(". White background.") and picture.prompt[0].isupper()
        assert (", from a diagonal angle." in picture.prompt) == (context == TABLE)


@pytest.mark.parametrize(("caption", "looks", "diagonal", "prompt"), [
    ("A teapot pours tea into a teacup.", ("", ""), False, "A teapot pours tea into a teacup. White background."),
    ("A teapot pours tea into the tea cup.", ("painted", "marble"), True,
     "A painted teapot pours tea into the marble tea cup, from a diagonal angle. White background."),
    ("The teacup is being filled by a teapot", ("wooden", ""), False,
     "The teacup is being filled by a wooden teapot. White background."),
    ("Teapots pour", ("wooden", "plain"), False, "Teapots pour. White background."),
])
def test_prompts_describe_both_objects(caption: str, looks: tuple[str, str], diagonal: bool, prompt: str) -> None:
    assert prompt_for(POUR, caption, looks, diagonal) == prompt


def test_articles_fit_the_description() -> None:
    apple = Context("knife", "cuts", "apple")
    assert prompt_for(apple, "An apple is cut by a knife.", ("old", "marble")) == (
        "A marble apple is cut by an old knife. White background.")


def test_of_twins_nobody_can_say_which_is_described() -> None:
    twins = Context("book", "stacks on", "book")
    assert prompt_for(twins, "A book lies on another book.", ("red", "blue")) == "A book lies on another book. White background."


def test_a_picture_read_back_is_the_same(tmp_path: Path) -> None:
    picture = next(iter(EmbeddedImages(SMALL)(POUR, 1))).picture
    write_picture(tmp_path, picture)
    again = read_picture(tmp_path)
    assert again.rgb.tobytes() == picture.rgb.tobytes() and again.rgb.dtype == np.uint8
    assert (again.context, again.caption, again.prompt) == (picture.context, picture.caption, picture.prompt)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["image.json", "image.png"]
