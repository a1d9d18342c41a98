"""WordNet's files: what is read off them, and what is said of missing and damaged ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from diffusion.wordnet import LIVING, THINGS, Synset, WordNet, read_wordnet


def test_a_synset_is_its_lower_case_lemmas_of_one_or_two_words_and_its_definition_without_examples(wordnet: WordNet) -> None:
    assert wordnet.nouns[0] == Synset(("samovar", "tea urn"), 6, "a metal urn with a spigot at the base")
    assert wordnet.nouns[2] == Synset(("davenport",), 6, "a large seat for two; may be turned into a bed")
    assert wordnet.adverbs == (Synset(("aloft",), 2, "beneath the clouds or above the ground"),)
    assert (len(wordnet.nouns), len(wordnet.verbs)) == (12, 5)


def test_nouns_are_chosen_by_their_files(wordnet: WordNet) -> None:
    things, living = wordnet.lemmas(THINGS), wordnet.lemmas(LIVING)
    assert living == ["otter", "xenarthran"] and not set(things) & set(living) and len(set(things)) == len(things)
    assert {"samovar", "tea urn", "kumquat", "pebble", "elbow"} <= set(things) and "decanting" not in things


def test_a_verb_is_irregular_when_one_of_its_forms_is(wordnet: WordNet) -> None:
    assert wordnet.regular_verbs() == ["polish", "perforate", "admire", "pour"]


@pytest.mark.parametrize("missing", ["data.noun", "data.verb", "data.adv", "verb.exc"])
def test_a_missing_file_is_named_with_the_remedy(wordnet_folder: Path, tmp_path: Path, missing: str) -> None:
    folder = shutil.copytree(wordnet_folder, tmp_path / "copy")
    (folder / missing).unlink()
    with pytest.raises(ValueError, match=r"no WordNet in .*copy \(.* is missing\); install the package wordnet-base") as caught:
        read_wordnet(folder)
    assert missing in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "00000001 06 n 01 urn 0 000 a definition without its bar",
        "00000001 06 n zz urn 0 000 | no number of lemmas",
        "00000001 six n 01 urn 0 000 | no number of a file",
        "00000001 06 | cut short",
        "garbage",
        "00000001 06 n 00 000 | nobody",
    ],
)
def test_a_damaged_line_is_named_by_file_and_number(wordnet_folder: Path, tmp_path: Path, line: str) -> None:
    folder = shutil.copytree(wordnet_folder, tmp_path / "copy")
    lines = (folder / "data.noun").read_text().splitlines()
    (folder / "data.noun").write_text("\n".join([*lines[:4], line, *lines[4:]]))
    with pytest.raises(
        ValueError, match=r"data\.noun, line 5 is no WordNet synset \(.*\); install the package wordnet-base again"
    ):
        read_wordnet(folder)


def test_the_real_one_has_the_words_one_would_expect() -> None:
    if not Path("/usr/share/wordnet/data.noun").is_file():
        pytest.skip("no WordNet in /usr/share/wordnet; install the package wordnet-base")
    real = read_wordnet(Path("/usr/share/wordnet"))
    things = set(real.lemmas(THINGS))
    assert len(things) > 20_000 and {"kettle", "mug", "tureen", "davenport", "cutting board", "kumquat"} <= things
    assert "democracy" not in things and "giraffe" in real.lemmas(LIVING)
    verbs = set(real.regular_verbs())
    assert {"pour", "polish"} <= verbs and not verbs & {"break", "write"}
