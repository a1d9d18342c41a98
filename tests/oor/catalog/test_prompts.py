"""The prompt grammar: every sentence says its context, held-out sentences are built unlike training ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import pytest

from oor.catalog.augmentation import WORDS
from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts, predicates
from oor.catalog.lexicon import plural, tokenize
from oor.catalog.nouns import FOOD, HELD_OUT_ADJECTIVES, LIVING, MADE_OF, MASS, TRAINING_ADJECTIVES, fitting
from oor.catalog.phrases import PHRASES, gerund, said_with, third_person
from oor.catalog.prompts import (
    captions,
    held_out_prompts,
    held_out_structures,
    indefinite,
    spoken_words,
    training_prompts,
    training_structures,
)
from oor.catalog.splits import training_contexts
from oor.query import parse_query

SLOT = re.compile(r"\{(a?[TBtb])\}")
PARTS = ("verbs", "passives", "places", "postures", "inverses")


def misread(context: Context, prompts: list[str]) -> list[str]:
    """The sentences that are not read as the context, or not as known although training has it."""
    known = "known" if context in training_contexts() else "near"
    found = []
    for prompt in prompts:
        query = parse_query(prompt)
        read = (query.target, query.predicate, query.base)
        if read != (context.target, context.predicate, context.base) or (query.familiarity != known and not query.warnings):
            found.append(f"{prompt!r} as {read}, {query.familiarity}")
    return found


def test_every_prompt_parses_to_its_context(context: Context) -> None:
    told = [*captions(context, 8, seed=0), *training_prompts(context, 12, seed=1), *held_out_prompts(context)]
    assert misread(context, told) == []


@pytest.mark.parametrize("relation", predicates())
def test_a_few_sentences_of_every_context_parse(relation: str) -> None:
    for context in contexts():
        if context.predicate == relation:
            assert misread(context, [*captions(context, 4, seed=5), *held_out_prompts(context)[:3]]) == []


def test_sentences_are_understood_without_a_guess(few: list[Context]) -> None:
    """No warning: the relation is recognised as it is said, and no third object is found."""
    for context in few:
        told = [*captions(context, 20, seed=0), *training_prompts(context, 20, seed=1), *held_out_prompts(context)]
        guessed = [(prompt, query.warnings) for prompt in told if (query := parse_query(prompt)).warnings]
        assert guessed[:3] == [], len(guessed)


def test_captions_follow_the_paper_s_conditions(context: Context) -> None:
    """They start with an article, are whole sentences, and name no object of the catalog besides the two."""
    told = captions(context, 50, seed=0)
    assert {caption.split()[0] for caption in told} <= {"A", "An", "The"} and {caption[-1] for caption in told} == {"."}
    assert max(len(tokenize(caption)) for caption in told) <= WORDS
    own, verbs = forms_of((context.target, context.base)), verbs_of(context.predicate)
    third = {caption: objects_in(caption, own) - verbs for caption in told}
    assert [(caption, found) for caption, found in third.items() if found][:3] == []


@cache
def forms_of(names: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """The words of these categories, singular and plural."""
    return frozenset(tokenize(form) for name in names for word in categories()[name].words for form in (word, plural(word)))


def objects_in(sentence: str, own: frozenset[tuple[str, ...]]) -> set[str]:
    """What a sentence names besides its own objects, the longest words first."""
    tokens, everything, start = tokenize(sentence), forms_of(tuple(categories())), 0
    found = set()
    while start < len(tokens):
        ends = [end for end in range(len(tokens), start, -1) if tokens[start:end] in own]
        ends = ends or [end for end in range(len(tokens), start, -1) if tokens[start:end] in everything]
        if ends and tokens[start:ends[0]] not in own:
            found.add(" ".join(tokens[start:ends[0]]))
        start = ends[0] if ends else start + 1
    return found


def test_objects_are_found_in_sentences() -> None:
    own = forms_of(("whisk", "bowl"))
    assert objects_in("A balloon whisk is beating eggs in a soup bowl on two coffee tables.", own) == {"eggs", "coffee tables"}
    assert objects_in("An egg whisk stirs in a bowl.", own) == set()


def verbs_of(relation: str) -> set[str]:
    """What belongs to a relation's verbs and is a thing as well: "saws", "drills", the eggs of "whisks eggs in"."""
    wording = PHRASES[relation].training
    verbs = {say(verb).split()[0] for verb in wording.verbs for say in (third_person, gerund)}
    return verbs | said_with(relation)


def test_every_context_has_fifty_captions() -> None:
    for context in contexts():
        told = captions(context, 50, seed=0)
        assert len(set(told)) == len(told) == 50, context
        assert told == captions(context, 50, seed=0) != captions(context, 50, seed=1)
        assert all(re.fullmatch(r"(?:An?|The) [^.]+\.", caption) for caption in told), context


def test_captions_put_either_object_first_and_have_no_adjectives(context: Context) -> None:
    told = captions(context, 50, seed=0)
    spoken = {word: name for name in (context.target, context.base) for word in categories()[name].words}
    subject = re.compile(rf"(?:an?|the) (?:pair of )?({'|'.join(map(re.escape, sorted(spoken, key=len, reverse=True)))})\b")
    first = [subject.match(caption.lower()) for caption in told]
    assert {spoken[found[1]] for found in first if found} == {context.target, context.base} and all(first)
    adjectives = {word for words in TRAINING_ADJECTIVES.values() for word in words}
    named = {token for name in (context.target, context.base) for word in categories()[name].words for token in word.split()}
    assert not {token for caption in told for token in tokenize(caption)} & (adjectives - named)


def test_every_predicate_has_disjoint_phrasings(predicate: str) -> None:
    phrases = PHRASES[predicate]
    for part in PARTS:
        assert not set(getattr(phrases.training, part)) & set(getattr(phrases.held_out, part))
        for wording in (phrases.training, phrases.held_out):
            assert len(set(getattr(wording, part))) == len(getattr(wording, part))
    assert phrases.training.verbs or phrases.training.places
    assert phrases.held_out.inverses and all(said.count("{T}") == 1 and "{B}" not in said for said in phrases.held_out.inverses)


def test_structures_name_each_object_once(predicate: str) -> None:
    frames = held_out_structures(predicate)
    for structure in (*training_structures(predicate), *(said for frame in frames for said in frame)):
        assert sorted(slot[-1].upper() for slot in SLOT.findall(structure)) == ["B", "T"], structure
        assert "  " not in structure and structure == structure.strip() and structure[:1] != "A"
    assert len(set(training_structures(predicate))) == len(training_structures(predicate))


def test_held_out_structures_are_not_training_structures(predicate: str) -> None:
    training = {SLOT.sub(lambda slot: slot[1][-1], s).lower() for s in training_structures(predicate)}
    held_out = {SLOT.sub(lambda slot: slot[1][-1], s).lower() for f in held_out_structures(predicate) for s in f}
    assert len(training) >= 25 and len(held_out) >= 20
    assert not training & held_out


def test_masked_sentences_are_disjoint(few_of: Mapping[str, list[Context]]) -> None:
    """The same, from the outside: mask every noun phrase of the sentences themselves."""
    training, held_out = set(), set()
    for context, *_ in few_of.values():
        training |= {masked(prompt) for prompt in (*training_prompts(context, 40, seed=2), *captions(context, 12, seed=2))}
        held_out |= {masked(prompt) for prompt in held_out_prompts(context)}
    assert len(training) > 800 and not training & held_out


def masked(prompt: str) -> str:
    query = parse_query(prompt)
    text = " ".join(re.sub(r"[^\w]+", " ", prompt.lower().replace("'s", "")).split())
    for words in sorted({query.target_words, query.base_words}, key=len, reverse=True):
        text = re.sub(rf"\b(?:(?:an?|the|some|another) )?{re.escape(words)}\b", "_", text)
    return text


def test_enough_distinct_prompts(context: Context) -> None:
    training, held_out = training_prompts(context, 60, seed=0), held_out_prompts(context)
    assert len(set(training)) == 60 and len(set(held_out)) == len(held_out) >= 8
    assert not set(training) & set(held_out)
    assert training == training_prompts(context, 60, seed=0) != training_prompts(context, 60, seed=1)
    assert held_out == held_out_prompts(context)
    assert {prompt[0].isupper() for prompt in training} == {True, False}


def test_articles_fit_the_sound() -> None:
    for noun, article in {"apple": "an", "orange": "an", "umbrella": "an", "used mug": "a", "hour": "an",
                          "ukulele": "a", "electric kettle": "an", "mug": "a", "old box": "an", "urn": "an",
                          "unopened bottle": "an", "one": "a", "oak desk": "an", "utensil": "a", "heirloom": "an",
                          "unicycle": "a", "ottoman": "an", "envelope": "an", "universal remote": "a", "ice cream scoop": "an",
                          "yo-yo": "a", "honest cat": "an", "uniform": "a", "euphonium": "a"}.items():
        assert indefinite(noun) == f"{article} {noun}"


def test_articles_in_sentences_fit_the_sound(sample: list[Context]) -> None:
    for context in sample:
        for prompt in (*training_prompts(context, 30, seed=3), *held_out_prompts(context), *captions(context, 20, seed=3)):
            for article, noun in re.findall(r"\b(an?) (\w+)", prompt.lower()):
                assert noun == "ukulele" or (article == "an") == (noun[0] in "aeiou"), prompt


@pytest.mark.parametrize("context", [c for c in contexts() if c.target == c.base], ids=str)
def test_same_category_is_told_apart(context: Context) -> None:
    words = sorted(categories()[context.target].words, key=len, reverse=True)
    for prompt in training_prompts(context, 60, seed=0):
        assert " other " in prompt or "another" in prompt or any(prompt.lower().count(word) == 2 for word in words), prompt
    for caption in captions(context, 50, seed=0):
        assert " the other " in caption or " another " in caption, caption


def test_what_has_no_singular_comes_in_pairs_and_what_has_no_plural_without_a() -> None:
    snips = captions(Context("scissors", "snips", "paper"), 50, seed=0)
    assert all("pair of scissors" in caption.lower() or "scissors" not in caption for caption in snips)
    assert not [caption for caption in snips if re.search(r"\ba paper\b(?! sheet)", caption.lower())]
    assert {"paper", "cheese", "bread"} <= MASS


def test_a_word_is_spoken_when_it_means_one_thing() -> None:
    for name in categories():
        assert set(spoken_words(name)) <= set(categories()[name].words) and name in (*spoken_words(name), name)
    assert spoken_words("samovar") == ("samovar",)
    assert not {"luggage", "mustard", "shampoo", "glue"} & {word for name in categories() for word in spoken_words(name)}


def test_adjectives_fit_the_thing_and_training_shares_none_with_the_tests() -> None:
    assert set(TRAINING_ADJECTIVES) == set(HELD_OUT_ADJECTIVES) == {"any", "made", "food", *MADE_OF}
    every = [{word for words in kinds.values() for word in words} for kinds in (TRAINING_ADJECTIVES, HELD_OUT_ADJECTIVES)]
    assert not every[0] & every[1]
    for adjectives in (TRAINING_ADJECTIVES, HELD_OUT_ADJECTIVES):
        for name in categories():
            fits = set(fitting(name, adjectives))
            assert (fits >= set(adjectives["food"])) == (name in FOOD)
            assert (fits >= set(adjectives["any"])) == (name not in FOOD)
            assert (fits >= set(adjectives["made"])) == (name not in FOOD | LIVING)
            for kind, names in MADE_OF.items():
                assert name not in names or fits >= set(adjectives[kind])
    assert "fresh" in fitting("apple", TRAINING_ADJECTIVES) and "wooden" in fitting("table", TRAINING_ADJECTIVES)
    assert "steel" not in fitting("teddy bear", TRAINING_ADJECTIVES) and "old" not in fitting("cat", TRAINING_ADJECTIVES)


def test_lists_of_nouns_name_categories() -> None:
    known = set(categories())
    assert not FOOD & LIVING and len(FOOD & known) >= 0.9 * len(FOOD)
    for names in (FOOD, MASS, LIVING, *MADE_OF.values()):
        assert names <= known, names - known


def test_too_many_prompts_are_refused() -> None:
    for told in (training_prompts, captions):
        with pytest.raises(ValueError, match=r"only about \d+ prompts for book on book, 100000 wanted; ask for fewer"):
            told(Context("book", "on", "book"), 100_000, seed=0)


def test_inflection() -> None:
    assert [third_person(v) for v in ("pour into", "brush", "carry", "stay", "go", "touch the side of", "mix")] == [
        "pours into", "brushes", "carries", "stays", "gos", "touches the side of", "mixes"]
    doing = {"cut into": "cutting into", "slice": "slicing", "tie": "tying", "top up": "topping up", "see": "seeing",
             "hit": "hitting", "lie on": "lying on", "dye": "dyeing", "wear": "wearing", "play": "playing"}
    assert {verb: gerund(verb) for verb in doing} == doing


def test_verbs_keep_what_follows_them_and_are_spelled_by_the_rules() -> None:
    for phrases in PHRASES.values():
        for verb in (*phrases.training.verbs, *phrases.held_out.verbs):
            head, does, doing = (text.split()[0] for text in (verb, third_person(verb), gerund(verb)))
            assert verb.split()[1:] == third_person(verb).split()[1:] == gerund(verb).split()[1:]
            assert re.fullmatch(r"\w+(?:[^sxzy]|[aeou]y)s|\w+(?:ss|sh|ch|x|zz|i)es", does) and does.startswith(head[:-1]), does
            assert re.fullmatch(r"\w*[aeiouy]\w*ing", doing) and doing.startswith(head[:-2]), doing
            assert not doing.endswith("eing") or head.endswith(("ee", "oe", "ye")), doing
            doubled = re.fullmatch(r"([^aeiou]*)[aeiou]([^aeiouwxy])", head)
            assert not doubled or doing == f"{head}{doubled[2]}ing", doing
