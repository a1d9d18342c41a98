"""The corpus: what it says, what it calls it, and what must not be in it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from diffusion.text_corpus import (
    IGNORE,
    PARTS,
    Amounts,
    Corpus,
    Row,
    corpus,
    said,
    tabulate,
)
from diffusion.text_encoder import normalise_sentence
from diffusion.text_words import Words, held_out_phrase_words, mentions_held_out
from diffusion.wordnet import THINGS, WordNet, read_wordnet
from oor.catalog.category import categories
from oor.catalog.contexts import Context, predicates
from oor.catalog.nouns import HELD_OUT_ADJECTIVES
from oor.catalog.prompts import training_prompts
from oor.catalog.splits import (
    category_contexts,
    held_out_categories,
    held_out_combinations,
    training_categories,
    training_contexts,
)

FEW = Amounts(prompts_per_context=2, unworded=1, random_pairs=400, foreign=300, nouns=100, glosses=100, bare=2)
NONE = len(predicates())
CONTEXTS = len(training_contexts())


@pytest.fixture(scope="module")
def data(wordnet: WordNet) -> Corpus:
    return corpus(FEW, wordnet, 0)


def texts(data: Corpus, column: int) -> list[str]:
    """The labels of a column, "" where there is none."""
    return [data.texts[i] if i != IGNORE else "" for i in data.labels[:, column].tolist()]


def test_labels_are_within_their_lists(data: Corpus) -> None:
    assert data.labels.shape == (len(data.sentences), len(PARTS)) and len(data.noisy) == len(data.sentences)
    relation, others = data.labels[:, 0], data.labels[:, 1:]
    assert bool(((relation == IGNORE) | (relation >= 0) & (relation <= NONE)).all())
    assert set(others.unique().tolist()) == {IGNORE, *range(len(data.texts))} and len(set(data.texts)) == len(data.texts)


def test_the_words_of_target_and_base_stand_in_the_sentence(data: Corpus) -> None:
    for sentence, target, base in zip(data.sentences, texts(data, 2), texts(data, 3), strict=True):
        assert target in sentence and base in sentence, (sentence, target, base)


def test_a_sentence_that_means_something_has_itself_as_label(data: Corpus) -> None:
    meant = [(sentence, text) for sentence, text in zip(data.sentences, texts(data, 4), strict=True) if text]
    assert len(meant) > 500 and all(sentence == text for sentence, text in meant)


def test_the_contexts_come_first_with_their_own_prompts(data: Corpus) -> None:
    for i, context in enumerate(training_contexts()):
        rows = slice(2 * i, 2 * i + 2)
        assert data.sentences[rows] == [normalise_sentence(prompt) for prompt in training_prompts(context, 2, 0)]
        assert data.labels[rows, 0].tolist() == [predicates().index(context.predicate)] * 2
        words = ({*texts(data, part)[rows]} for part in (2, 3))
        for name, spoken in zip((context.target, context.base), words, strict=True):
            assert spoken <= set(categories()[name].words)
    told = {
        (predicates()[i], t, b) for i, t, b in zip(data.labels[: 2 * CONTEXTS, 0], texts(data, 2), texts(data, 3), strict=False)
    }
    assert not told & {(c.predicate, c.target, c.base) for c in (*held_out_combinations(), *category_contexts())}


def test_no_word_of_a_held_out_category_occurs_anywhere(data: Corpus) -> None:
    hidden = {word for name in held_out_categories() for word in (*name.split(), *categories()[name].words)}
    for text in (*data.sentences, *data.noisy, *data.texts):
        assert not hidden & set(text.split()) and not any(f" {word} " in f" {text} " for word in hidden if " " in word), text
    assert mentions_held_out("the Armoires") and not mentions_held_out("the arms")


def test_what_only_held_out_phrasings_say_is_in_definitions_alone(data: Corpus) -> None:
    hidden = held_out_phrase_words()
    assert {"beneath", "atop", "perforate", "perforates", "puncturing"} <= hidden
    assert {word for adjectives in HELD_OUT_ADJECTIVES.values() for word in adjectives} & {"vintage", "cosy"} <= hidden
    assert not hidden & {"under", "on", "left", "pour", "pours", "teapot", "small"}
    glosses = data.labels[:, 1:4].eq(IGNORE).all(dim=1)
    spoken = [s for s, gloss in zip(data.sentences, glosses.tolist(), strict=True) if not gloss and hidden & set(s.split())]
    assert spoken == []
    assert "aloft beneath the clouds or above the ground" in data.sentences  # general language
    assert not any(sentence.startswith("perforate ") for sentence in data.sentences)  # explains such a word


def test_nouns_of_wordnet_are_read_bare_and_in_both_roles(data: Corpus, wordnet: WordNet) -> None:
    nouns = Words.of(wordnet).nouns
    assert {"samovar", "tea urn", "kumquat", "otter"} <= set(nouns)
    assert not {"armoire", "xenarthran", "decanting"} & set(nouns)  # held out, met in no definition, no thing
    spoken = set(data.sentences)
    targets, bases = set(texts(data, 2)), set(texts(data, 3))
    assert {"samovar", "tea urn", "davenport"} <= spoken & targets & bases
    assert all(noun in targets for noun in nouns if noun in wordnet.lemmas(THINGS))


def test_every_word_of_training_is_met_bare_and_every_relation_is_said(data: Corpus) -> None:
    for known in training_categories().values():
        for word in known.words:
            assert word in data.sentences or mentions_held_out(word)
    assert set(data.labels[:, 0].tolist()) == {IGNORE, *range(NONE + 1)}
    assert all(predicate in data.sentences for predicate in predicates())


def test_strange_words_are_only_added_and_only_to_relations(data: Corpus) -> None:
    related = (data.labels[:, 1] != IGNORE) & (data.labels[:, 2] != IGNORE)
    changed = 0
    for clean, noisy, has in zip(data.sentences, data.noisy, related.tolist(), strict=True):
        rest = iter(noisy.split())
        assert all(word in rest for word in clean.split()), (clean, noisy)  # the clean words in their order
        assert has or noisy == clean
        changed += noisy != clean
    assert changed / int(related.sum()) == pytest.approx(0.5, abs=0.06)


def test_the_corpus_depends_on_the_seed_alone(data: Corpus, wordnet: WordNet) -> None:
    again, other = corpus(FEW, wordnet, 0), corpus(FEW, wordnet, 1)
    assert (again.sentences, again.noisy, again.texts) == (data.sentences, data.noisy, data.texts)
    assert again.labels.equal(data.labels) and other.sentences != data.sentences


def test_a_prompt_knows_its_phrase() -> None:
    context = Context("teapot", "pours into", "teacup")
    row = said(context, "A red tea pot is gently pouring water into the tea cup.")
    assert (row.phrase, row.relation) == ("pours water into", predicates().index("pours into"))
    assert said(context, "A teacup with a teapot above it").phrase == "pours into"  # an inverse has no phrase of its own


def test_a_row_becomes_labels() -> None:
    rows = [Row("A mug, on a plate.", 3, "on", "mug", "plate", True), Row("plate", 5, "", "plate", "plate")]
    made = tabulate(rows, ["admire"], random.Random(0))
    assert made.sentences == ["a mug on a plate", "plate"] and made.texts == ["on", "mug", "plate", "a mug on a plate"]
    assert made.labels.tolist() == [[3, 0, 1, 2, 3], [5, IGNORE, 2, 2, IGNORE]]


@pytest.mark.slow
def test_the_real_corpus_hides_the_same(tmp_path: Path) -> None:
    if not Path("/usr/share/wordnet/data.noun").is_file():
        pytest.skip("no WordNet in /usr/share/wordnet; install the package wordnet-base")
    real = corpus(Amounts(prompts_per_context=4, random_pairs=4000, foreign=4000), read_wordnet(Path("/usr/share/wordnet")), 0)
    assert [text for text in (*real.noisy, *real.texts) if mentions_held_out(text)] == []
    glosses = real.labels[:, 1:4].eq(IGNORE).all(dim=1).tolist()
    pairs = zip(real.sentences, glosses, strict=True)
    assert [s for s, gloss in pairs if not gloss and held_out_phrase_words() & set(s.split())] == []
