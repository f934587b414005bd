"""The champion, the Pareto front, and agreement between models."""

import pandas as pd
import pytest

from textlab.evaluation.choice.champion import choose_champion
from textlab.evaluation.choice.pareto import pareto_front
from textlab.evaluation.classification.agreement import agreement_sentence, agreement_table
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.figures import pareto_figure


@pytest.fixture
def models(random_predictions):
    """Predictions of a good model, an equally good one, and a poor one."""
    skills = {"bert": (3, 1), "roberta": (3, 2), "words": (0.8, 3)}
    return {name: random_predictions(3, skill, seed=seed) for name, (skill, seed) in skills.items()}


def chosen(models, latency_ms=None, leader=None):
    return choose_champion(compare_classifiers(models, "macro_recall", leader, resamples=300), latency_ms)


def test_faster_model_wins_a_tie(models):
    leader = chosen(models).leader
    other = {"bert": "roberta", "roberta": "bert"}[leader]
    champion = chosen(models, {leader: 9.0, other: 1.0, "words": 0.1})
    assert (champion.name, champion.tied) == (other, (leader, other))
    assert champion.reason.startswith(f"{other} ties with the best validation model, {leader} (")
    assert champion.reason.endswith("), and is 9 times faster.")


def test_leader_without_a_latency_loses_a_tie_to_a_model_that_has_one(models):
    champion = chosen(models, {"roberta": 1.0}, leader="bert")
    assert champion.name == "roberta"
    assert champion.reason.endswith("), and has a measured latency.")


def test_significantly_worse_model_is_not_chosen_however_fast(models):
    two = {name: models[name] for name in ("bert", "words")}
    champion = chosen(two, {"bert": 9.0, "words": 0.01})
    assert champion.name == "bert"
    assert champion.reason == "bert has the best validation score, and no other run ties statistically."


@pytest.mark.parametrize(
    ("latency", "reason"),
    [
        ({}, "no latency was measured"),
        ({"bert": 1.0, "roberta": 1.1}, "is not clearly faster"),
        ({"bert": float("nan")}, "no latency was measured"),
    ],
)
def test_leader_wins_a_tie_if_no_model_is_clearly_faster(models, latency, reason):
    champion = chosen(models, latency, leader="bert")
    assert champion.name == "bert"
    assert champion.reason == (f"bert has the best validation score; 1 other run ties statistically, but {reason}.")


def test_single_model_is_the_champion(models):
    assert chosen({"bert": models["bert"]}).reason == "bert is the only run."


def test_front_holds_the_models_that_no_other_beats():
    quality = pd.Series({"slow": 0.9, "slower": 0.9, "fast": 0.5, "worse": 0.4, "unknown": 1.0})
    cost = pd.Series({"slow": 9.0, "slower": 10.0, "fast": 1.0, "worse": 2.0})
    assert pareto_front(quality, cost) == ["fast", "slow"]


def test_pareto_figure_states_the_gain_and_its_price():
    rows = {"words": [0.6, 0.58, 0.62, 0.5], "bert": [0.7, 0.68, 0.72, 10.0], "lost": [0.9, 0.8, 1.0, float("nan")]}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["score", "low", "high", "latency_ms"])
    figure = pareto_figure(table, "macro_recall")
    title = figure.get_suptitle().replace("\n", " ")
    assert title == "bert scores 10.0 points more than words, at 20 times the latency"
    assert {text.get_text() for text in figure.axes[0].texts} == {"words", "bert"}
    single = pareto_figure(table.loc[["bert"]], "accuracy")
    assert single.get_suptitle() == "bert is the only model with a latency"
    table.loc["bert", "latency_ms"] = 0.1
    title = pareto_figure(table, "macro_recall").get_suptitle().replace("\n", " ")
    assert title == "bert has the highest test score and is the fastest model"
    with pytest.raises(ValueError, match="None of the 1 models has a latency"):
        pareto_figure(table.loc[["lost"]], "accuracy")


def test_agreement_is_symmetric_and_complete_with_oneself(models):
    table = agreement_table(models)
    assert [table.loc[name, name] for name in models] == [1, 1, 1]
    same = (models["bert"]["predicted"] == models["words"]["predicted"]).mean()
    assert table.loc["bert", "words"] == table.loc["words", "bert"] == pytest.approx(same)
    assert agreement_sentence({"one": models["bert"], "two": models["bert"]}).startswith("All 2 models are right on ")
