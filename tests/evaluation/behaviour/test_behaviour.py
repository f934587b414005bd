"""The behavioural tests fail models that cannot do a thing, and only those."""

import re
from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from textlab.data.sources.air_paradis.grammar.surface import NEUTRAL_EMOJI, POLAR_EMOJI
from textlab.evaluation.behaviour import behaviour_cases, capability_table, failure_examples, run_cases
from textlab.evaluation.behaviour.perturbations import casing, mention_or_link, name_swap, typo
from textlab.evaluation.figures import capability_figure

NAMES = ("negative", "neutral", "positive")
TEXTS = [f"@user Karen said the train {number} to Boston was late again #fail" for number in range(50)]
TESTS = [
    ("vocabulary", "minimum functionality"),
    ("negation", "minimum functionality"),
    ("contrast", "minimum functionality"),
    ("intensifiers", "direction"),
    ("emoji", "direction"),
    ("typos", "invariance"),
    ("casing", "invariance"),
    ("emoji", "invariance"),
    ("mention or link", "invariance"),
    ("name swap", "invariance"),
]


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    return behaviour_cases(TEXTS, NAMES, cases_per_test=30)


def of(table: pd.DataFrame, phenomenon: str, kind: str) -> pd.DataFrame:
    return table[(table["phenomenon"] == phenomenon) & (table["kind"] == kind)]


def model(positive: Callable[[str], float]) -> Callable[[list[str]], np.ndarray]:
    """A classifier of negative, neutral and positive that is never neutral."""

    def predict(texts: list[str]) -> np.ndarray:
        shares = np.array([positive(text) for text in texts])
        return np.column_stack([1 - shares, np.zeros(len(texts)), shares])

    return predict


def failures(cases: pd.DataFrame, positive: Callable[[str], float]) -> dict[tuple[str, str], int]:
    table = capability_table({"model": run_cases(model(positive), cases, NAMES)})
    return dict(zip(zip(table["phenomenon"], table["kind"], strict=True), table["failures"], strict=True))


def test_every_phenomenon_has_its_cases_all_different(cases):
    sizes = cases.groupby(["phenomenon", "kind"], sort=False).size()
    assert sizes.index.tolist() == TESTS
    assert set(sizes) == {30}
    assert not cases.duplicated().any()


def test_same_seed_gives_the_same_cases_and_another_seed_others(cases):
    assert behaviour_cases(TEXTS, NAMES, 30).equals(cases)
    assert not behaviour_cases(TEXTS, NAMES, 30, seed=1)["text"].equals(cases["text"])


def test_sentences_are_as_often_negative_as_positive_and_have_no_slot_left(cases):
    sentences = cases[cases["kind"] == "minimum functionality"]
    assert sentences["expected"].value_counts().to_dict() == {"negative": 45, "positive": 45}
    assert not cases["text"].str.contains(r"[{}|]").any()


def test_intensified_sentence_is_the_original_with_an_intensifier(cases):
    for row in of(cases, "intensifiers", "direction").itertuples():
        was, now = row.original.split(), row.text.split()
        assert was[-1] == now[-1]
        assert 1 <= len(now) - len(was) <= 2


def test_test_texts_are_changed_before_the_grammar_fills_up():
    few = of(behaviour_cases(TEXTS[:5], NAMES, 20), "casing", "invariance")
    assert set(few["original"][:5]) == set(TEXTS[:5])
    assert not few["original"][5:].isin(TEXTS).any()
    assert len(few) == 20


def test_tweets_without_a_name_leave_name_swaps_to_the_grammar():
    swaps = of(behaviour_cases(["nothing to see here"], NAMES, 20), "name swap", "invariance")
    assert len(swaps) == 20
    assert (swaps["original"] != swaps["text"]).all()


def test_classes_without_polarity_are_asked_invariance_alone():
    cases = behaviour_cases(TEXTS, ("irony", "no irony"), 5)
    assert set(cases["kind"]) == {"invariance"}
    assert set(cases["expected"]) == {""}


def test_polarity_is_found_whatever_the_case_and_order_of_the_names():
    cases = behaviour_cases(TEXTS, ("Positive", "Negative"), 5)
    assert set(cases["expected"]) == {"", "Positive", "Negative"}


@pytest.mark.parametrize(("texts", "count"), [([], 5), (TEXTS, 0)])
def test_nothing_to_ask_is_refused(texts, count):
    with pytest.raises(ValueError, match=f"Came {len(texts)} texts and {count} cases per test"):
        behaviour_cases(texts, NAMES, count)


def test_model_that_answers_always_alike_fails_half_of_the_sentences_and_nothing_else(cases):
    found = failures(cases, lambda text: 0.9)
    assert {test: count for test, count in found.items() if count} == {
        (phenomenon, "minimum functionality"): 15 for phenomenon in ("vocabulary", "negation", "contrast")
    }


@pytest.mark.parametrize(
    ("fooled_by", "test"),
    [
        (lambda text: text.upper() == text or "SAID" in text, ("casing", "invariance")),
        (lambda text: any(emoji in text for emoji in NEUTRAL_EMOJI), ("emoji", "invariance")),
        (lambda text: re.search(r"https://t.co/\w{6}|@\w{6}\b", text), ("mention or link", "invariance")),
        (lambda text: "Karen" not in text or "Boston" not in text, ("name swap", "invariance")),
        (lambda text: any(emoji in text for emoji in POLAR_EMOJI[0]), ("emoji", "direction")),
    ],
    ids=["casing", "neutral emoji", "mention or link", "names", "angry emoji taken for praise"],
)
def test_model_that_is_fooled_fails_the_test_of_that(cases, fooled_by, test):
    asked = of(cases, *test)
    result = run_cases(model(lambda text: 0.9 if fooled_by(text) else 0.1), asked, NAMES)
    assert 0.3 < result["failed"].mean() <= 1
    assert not run_cases(model(lambda text: 0.3), asked, NAMES)["failed"].any()


def test_weaker_reaction_to_an_intensifier_fails_only_beyond_the_tolerance(cases):
    asked = of(cases, "intensifiers", "direction")
    plain = set(asked["original"])

    def reacting(fall: float) -> int:
        praised = asked[asked["expected"] == "positive"]
        result = run_cases(model(lambda text: 0.8 if text in plain else 0.8 - fall), praised, NAMES)
        return int(result["failed"].sum())

    assert (reacting(0.09), reacting(0.11), reacting(-0.2)) == (0, 15, 0)


def test_class_that_changes_by_a_hair_is_no_failure():
    case = pd.DataFrame(
        [("typos", "invariance", "a", "b", "")], columns=["phenomenon", "kind", "original", "text", "expected"]
    )
    assert not run_cases(model({"a": 0.51, "b": 0.47}.get), case, NAMES)["failed"].item()
    result = run_cases(model({"a": 0.6, "b": 0.4}.get), case, NAMES).iloc[0]
    assert result["failed"]
    assert (result["predicted"], result["before"], result["after"]) == ("negative", 0.6, 0.4)


def test_model_is_asked_each_text_once(cases):
    asked = []

    def predict(texts):
        asked.extend(texts)
        return model(lambda text: 0.5)(texts)

    run_cases(predict, cases, NAMES)
    assert len(asked) == len(set(asked)) == len((set(cases["text"]) | set(cases["original"])) - {""})


def test_answers_that_are_no_probabilities_are_refused(cases):
    with pytest.raises(ValueError, match="NaN or infinite"):
        run_cases(lambda texts: np.full((len(texts), 3), np.nan), cases, NAMES)
    with pytest.raises(ValueError, match="Probabilities have the shape"):
        run_cases(lambda texts: np.full((len(texts), 2), 0.5), cases, NAMES)


def test_cases_for_other_classes_are_refused(cases):
    with pytest.raises(
        ValueError, match=r"expect the class\(es\) \['negative', 'positive'\]; the model tells \['bad', 'good'\]"
    ):
        run_cases(lambda texts: np.full((len(texts), 2), 0.5), cases, ("bad", "good"))


def test_failure_rates_stand_in_wilson_intervals_model_beside_model(cases):
    results = {name: run_cases(model(lambda text, p=p: p), cases, NAMES) for name, p in (("glad", 0.9), ("cross", 0.1))}
    table = capability_table(results)
    assert table["model"].tolist() == ["glad", "cross"] * len(TESTS)
    assert list(dict.fromkeys(zip(table["phenomenon"], table["kind"], strict=True))) == TESTS
    row = table.iloc[0]
    assert (row["cases"], row["failures"], row["failure_rate"]) == (30, 15, 0.5)
    assert (row["low"], row["high"]) == pytest.approx(proportion_confint(15, 30, method="wilson"))


def test_examples_are_the_clearest_failures(cases):
    result = run_cases(model(lambda text: 0.6 + len(text) / 1000), cases, NAMES)
    examples = failure_examples({"glad": result}, count=2)
    assert len(examples) == 6
    negation = of(result, "negation", "minimum functionality")
    longest = negation[negation["failed"]]["text"].str.len().nlargest(2)
    assert sorted(of(examples, "negation", "minimum functionality")["text"].str.len()) == sorted(longest)
    assert (examples["predicted"] != examples["expected"]).all()


def test_flawless_model_has_no_examples(cases):
    invariant = cases[cases["kind"] == "invariance"]
    assert failure_examples({"glad": run_cases(model(lambda text: 0.9), invariant, NAMES)}).empty


def test_capability_figure_has_a_cell_for_each_test_and_model(cases):
    results = {name: run_cases(model(lambda text, p=p: p), cases, NAMES) for name, p in (("glad", 0.9), ("cross", 0.1))}
    figure = capability_figure(capability_table(results))
    figure.draw_without_rendering()
    cells = [text.get_text() for text in figure.axes[0].texts]
    assert len(cells) == 2 * 2 * len(TESTS)
    assert cells[:2] == ["50%", "33 to 67"]
    title = figure.get_suptitle().replace("\n", " ")
    assert title == "The weakest spot: glad fails 50% of the vocabulary cases (minimum functionality)"


def test_capability_figure_of_one_flawless_model_says_so(cases):
    invariant = cases[cases["kind"] == "invariance"]
    table = capability_table({"glad": run_cases(model(lambda text: 0.9), invariant, NAMES)})
    assert capability_figure(table).get_suptitle() == "No model fails a case"
    with pytest.raises(ValueError, match="no test to draw"):
        capability_figure(table[:0])


def test_casing_leaves_mentions_hashtags_and_links():
    shouted = {casing(Random(seed), "Hi @Ann see #Fun at.https://t.co/aB") for seed in range(9)}
    assert shouted == {"HI @Ann SEE #Fun at.https://t.co/aB", "hi @Ann see #Fun at.https://t.co/aB"}


def test_typo_changes_one_longer_word_by_a_letter():
    changed = {typo(Random(seed), "we love flying") for seed in range(30)}
    assert all(text.startswith("we love f") and text.endswith("g") for text in changed)
    assert len(changed) > 5
    assert typo(Random(0), "we go") == "we go"


def test_name_is_exchanged_wherever_it_stands_and_for_one_of_its_kind():
    for seed in range(20):
        swapped = name_swap(Random(seed), "Lisa met lisa; Lisa's Annalisa")
        assert re.fullmatch(r"(\w+) met lisa; \1's Annalisa", swapped)
        assert not swapped.startswith(("Lisa", "James", "Boston"))
    assert name_swap(Random(0), "nobody here") == "nobody here"


def test_mention_or_link_keeps_the_text():
    added = [mention_or_link(Random(seed), "so late") for seed in range(20)]
    assert all("so late" in text for text in added)
    assert {text.replace("so late", "").strip()[0] for text in added} == {"@", "h"}
