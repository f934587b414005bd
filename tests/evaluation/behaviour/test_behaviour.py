"""Behavioural tests fail the models that lack a capability, and only those."""

import re
from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from textlab.data.sources.air_paradis.grammar.surface import NEUTRAL_EMOJI, POLAR_EMOJI
from textlab.evaluation.behaviour import behaviour_cases, capability_table, failure_examples, run_cases, why_left_out
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


def select(table: pd.DataFrame, phenomenon: str, kind: str) -> pd.DataFrame:
    return table[(table["phenomenon"] == phenomenon) & (table["kind"] == kind)]


def model(positive: Callable[[str], float]) -> Callable[[list[str]], np.ndarray]:
    """Make a classifier of negative, neutral and positive that never predicts neutral."""

    def predict(texts: list[str]) -> np.ndarray:
        shares = np.array([positive(text) for text in texts])
        return np.column_stack([1 - shares, np.zeros(len(texts)), shares])

    return predict


def failures(cases: pd.DataFrame, positive: Callable[[str], float]) -> dict[tuple[str, str], int]:
    table = capability_table({"model": run_cases(model(positive), cases, NAMES)})
    return dict(zip(zip(table["phenomenon"], table["kind"], strict=True), table["failures"], strict=True))


def test_every_test_has_as_many_distinct_cases_as_requested(cases):
    sizes = cases.groupby(["phenomenon", "kind"], sort=False).size()
    assert sizes.index.tolist() == TESTS
    assert set(sizes) == {30}
    assert not cases.duplicated().any()


def test_cases_depend_on_the_seed_alone(cases):
    assert behaviour_cases(TEXTS, NAMES, 30).equals(cases)
    assert not behaviour_cases(TEXTS, NAMES, 30, seed=1)["text"].equals(cases["text"])


def test_sentences_are_balanced_and_have_no_unfilled_slot(cases):
    sentences = cases[cases["kind"] == "minimum functionality"]
    assert sentences["expected"].value_counts().to_dict() == {"negative": 45, "positive": 45}
    assert not cases["text"].str.contains(r"[{}|]").any()


def test_intensified_sentence_is_the_original_with_an_intensifier(cases):
    for row in select(cases, "intensifiers", "direction").itertuples():
        was, now = row.original.split(), row.text.split()
        assert was[-1] == now[-1]
        assert 1 <= len(now) - len(was) <= 2


def test_all_test_texts_are_used_before_the_grammar_adds_tweets():
    few = select(behaviour_cases(TEXTS[:5], NAMES, 20), "casing", "invariance")
    assert set(few["original"][:5]) == set(TEXTS[:5])
    assert not few["original"][5:].isin(TEXTS).any()
    assert len(few) == 20


def test_name_swaps_come_from_the_grammar_if_no_text_has_a_name():
    swaps = select(behaviour_cases(["nothing to see here"], NAMES, 20), "name swap", "invariance")
    assert len(swaps) == 20
    assert (swaps["original"] != swaps["text"]).all()


def test_classes_without_polarity_get_invariance_tests_only():
    cases = behaviour_cases(TEXTS, ("irony", "no irony"), 5)
    assert set(cases["kind"]) == {"invariance"}
    assert set(cases["expected"]) == {""}


def test_polarity_is_recognised_in_any_case_and_order():
    cases = behaviour_cases(TEXTS, ("Positive", "Negative"), 5)
    assert set(cases["expected"]) == {"", "Positive", "Negative"}


@pytest.mark.parametrize(("texts", "count"), [([], 5), (TEXTS, 0)])
def test_no_texts_or_no_cases_raise(texts, count):
    with pytest.raises(ValueError, match=f"Received {len(texts)} texts and {count} cases per test"):
        behaviour_cases(texts, NAMES, count)


def test_constant_model_fails_half_of_the_sentences_and_nothing_else(cases):
    counts = failures(cases, lambda text: 0.9)
    assert {test: count for test, count in counts.items() if count} == {
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
def test_model_that_reacts_to_a_harmless_change_fails_its_test(cases, fooled_by, test):
    tested = select(cases, *test)
    result = run_cases(model(lambda text: 0.9 if fooled_by(text) else 0.1), tested, NAMES)
    assert 0.3 < result["failed"].mean() <= 1
    assert not run_cases(model(lambda text: 0.3), tested, NAMES)["failed"].any()


def test_fall_of_probability_fails_only_beyond_the_tolerance(cases):
    tested = select(cases, "intensifiers", "direction")
    originals = set(tested["original"])

    def failures_after_a_fall(fall: float) -> int:
        positive = tested[tested["expected"] == "positive"]
        result = run_cases(model(lambda text: 0.8 if text in originals else 0.8 - fall), positive, NAMES)
        return int(result["failed"].sum())

    assert [failures_after_a_fall(fall) for fall in (0.09, 0.11, -0.2)] == [0, 15, 0]


def test_changed_class_within_the_tolerance_is_no_failure():
    case = pd.DataFrame(
        [("typos", "invariance", "a", "b", "")], columns=["phenomenon", "kind", "original", "text", "expected"]
    )
    assert not run_cases(model({"a": 0.51, "b": 0.47}.get), case, NAMES)["failed"].item()
    result = run_cases(model({"a": 0.6, "b": 0.4}.get), case, NAMES).iloc[0]
    assert result["failed"]
    assert (result["predicted"], result["before"], result["after"]) == ("negative", 0.6, 0.4)


def test_model_predicts_each_text_once(cases):
    predicted = []

    def predict(texts):
        predicted.extend(texts)
        return model(lambda text: 0.5)(texts)

    run_cases(predict, cases, NAMES)
    assert len(predicted) == len(set(predicted)) == len((set(cases["text"]) | set(cases["original"])) - {""})


def test_invalid_probabilities_raise(cases):
    with pytest.raises(ValueError, match="NaN or infinite"):
        run_cases(lambda texts: np.full((len(texts), 3), np.nan), cases, NAMES)
    with pytest.raises(ValueError, match="Probabilities have the shape"):
        run_cases(lambda texts: np.full((len(texts), 2), 0.5), cases, NAMES)


def test_cases_for_other_classes_raise(cases):
    with pytest.raises(
        ValueError,
        match=r"expect \['negative', 'positive'\]\. Make cases for the model's classes: \['bad', 'good'\]\.",
    ):
        run_cases(lambda texts: np.full((len(texts), 2), 0.5), cases, ("bad", "good"))


def test_failure_rates_have_wilson_intervals(cases):
    results = {
        name: run_cases(model(lambda text, p=p: p), cases, NAMES) for name, p in (("optimist", 0.9), ("pessimist", 0.1))
    }
    table = capability_table(results)
    assert table["model"].tolist() == ["optimist", "pessimist"] * len(TESTS)
    assert list(dict.fromkeys(zip(table["phenomenon"], table["kind"], strict=True))) == TESTS
    row = table.iloc[0]
    assert (row["cases"], row["failures"], row["failure_rate"]) == (30, 15, 0.5)
    assert (row["low"], row["high"]) == pytest.approx(proportion_confint(15, 30, method="wilson"))


def test_examples_are_the_clearest_failures(cases):
    result = run_cases(model(lambda text: 0.6 + len(text) / 1000), cases, NAMES)
    examples = failure_examples({"optimist": result}, count=2)
    assert len(examples) == 6
    negation = select(result, "negation", "minimum functionality")
    longest = negation[negation["failed"]]["text"].str.len().nlargest(2)
    assert sorted(select(examples, "negation", "minimum functionality")["text"].str.len()) == sorted(longest)
    assert (examples["predicted"] != examples["expected"]).all()


def test_model_without_failures_has_no_examples(cases):
    invariant = cases[cases["kind"] == "invariance"]
    assert failure_examples({"optimist": run_cases(model(lambda text: 0.9), invariant, NAMES)}).empty


def test_capability_figure_has_a_rate_and_an_interval_per_test_and_model(cases):
    results = {
        name: run_cases(model(lambda text, p=p: p), cases, NAMES) for name, p in (("optimist", 0.9), ("pessimist", 0.1))
    }
    figure = capability_figure(capability_table(results))
    figure.draw_without_rendering()
    fields = [text.get_text() for text in figure.axes[0].texts]
    assert len(fields) == 2 * 2 * len(TESTS)
    assert fields[:2] == ["50%", "33 to 67"]
    title = figure.get_suptitle().replace("\n", " ")
    assert title == "Highest failure rate: optimist on vocabulary (minimum functionality): 50% of the cases"


def test_capability_figure_says_that_no_model_fails(cases):
    invariant = cases[cases["kind"] == "invariance"]
    table = capability_table({"optimist": run_cases(model(lambda text: 0.9), invariant, NAMES)})
    assert capability_figure(table).get_suptitle() == "No model fails any behavioural test"
    with pytest.raises(ValueError, match="The capability table has no rows"):
        capability_figure(table[:0])


def test_casing_keeps_mentions_hashtags_and_links():
    changed = {casing(Random(seed), "Hi @Ann see #Fun at.https://t.co/aB") for seed in range(9)}
    assert changed == {"HI @Ann SEE #Fun at.https://t.co/aB", "hi @Ann see #Fun at.https://t.co/aB"}


def test_typo_changes_a_letter_of_one_longer_word():
    changed = {typo(Random(seed), "we love flying") for seed in range(30)}
    assert all(text.startswith("we love f") and text.endswith("g") for text in changed)
    assert len(changed) > 5
    assert typo(Random(0), "we go") == "we go"


def test_name_is_replaced_everywhere_by_another_of_its_kind():
    for seed in range(20):
        swapped = name_swap(Random(seed), "Lisa met lisa; Lisa's Annalisa")
        assert re.fullmatch(r"(\w+) met lisa; \1's Annalisa", swapped)
        assert not swapped.startswith(("Lisa", "James", "Boston"))
    assert name_swap(Random(0), "nobody here") == "nobody here"


def test_mention_or_link_keeps_the_text():
    added = [mention_or_link(Random(seed), "so late") for seed in range(20)]
    assert all("so late" in text for text in added)
    assert {text.replace("so late", "").strip()[0] for text in added} == {"@", "h"}


GERMAN = ["Der Zug ist wieder nicht da und die Leute sind sauer.", "Das Essen war sehr gut, aber es ist zu wenig."]
ENGLISH = ["The train is not here and the people are angry.", "This was a very good meal, but there is too little."]


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (GERMAN, "German (100 %)"),
        (["航班晚点了", "谢谢"], "Chinese script (100 %)"),
        (["Η πτήση έχει καθυστέρηση", "ευχαριστώ", *ENGLISH[:1]], "Greek script (67 %)"),
        (["ok 👍", *GERMAN], "German (100 %)"),
    ],
    ids=["german", "chinese", "greek", "with-unclear"],
)
def test_behavioural_tests_are_left_out_where_texts_are_not_english(texts, language):
    assert why_left_out(texts) == (
        f"The behavioural tests were left out: their sentences are English, and the texts are mostly in {language}."
    )


@pytest.mark.parametrize(
    "texts",
    [ENGLISH, [*ENGLISH, *GERMAN], ["ok 👍", "12:30", "lol", "great"], ["lol"] * 9 + GERMAN[:1], []],
    ids=["english", "half-english", "unclear", "one-in-ten-recognised", "none"],
)
def test_behavioural_tests_stay_where_texts_are_english_or_unclear(texts):
    assert why_left_out(texts) == ""


def test_behavioural_tests_stay_for_the_tweets_on_hand(real_data):
    for task in ("sentiment", "irony", "offensive", "emotion"):
        lines = (real_data / "tweet_eval" / task / "val_text.txt").read_text(encoding="utf-8").split("\n")
        assert why_left_out(lines[:1000]) == ""
