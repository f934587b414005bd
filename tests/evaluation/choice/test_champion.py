"""Which model is chosen, what is worth its price, and how far models agree."""

import pandas as pd
import pytest

from textlab.evaluation.choice.champion import choose_champion
from textlab.evaluation.choice.pareto import pareto_front
from textlab.evaluation.classification.agreement import agreement_sentence, agreement_table
from textlab.evaluation.figures import pareto_figure


@pytest.fixture
def models(random_predictions):
    """A strong model, one just as strong, and a weak one."""
    skills = {"bert": (3, 1), "roberta": (3, 2), "words": (0.8, 3)}
    return {name: random_predictions(3, skill, seed=seed) for name, (skill, seed) in skills.items()}


def chosen(models, latency_ms=None, **more):
    return choose_champion(models, "macro_recall", latency_ms, resamples=300, **more)


def test_tie_within_noise_goes_to_the_faster_model_and_is_said(models):
    leader = chosen(models).leader
    other = {"bert": "roberta", "roberta": "bert"}[leader]
    champion = chosen(models, {leader: 9.0, other: 1.0, "words": 0.1})
    assert (champion.name, champion.alike) == (other, (leader, other))
    assert f"{other} is within noise of it" in champion.reason
    assert champion.reason.endswith(f"and 9 times faster, so {other} is the champion.")


def test_model_that_is_worse_than_noise_is_not_chosen_however_fast(models):
    two = {name: models[name] for name in ("bert", "words")}
    champion = chosen(two, {"bert": 9.0, "words": 0.01})
    assert champion.name == "bert"
    assert "ahead of every other by more than noise" in champion.reason


@pytest.mark.parametrize("latency", [{}, {"bert": 1.0, "roberta": 1.1}, {"bert": float("nan")}])
def test_leader_stays_where_none_is_clearly_faster(models, latency):
    champion = chosen(models, latency, leader="bert")
    assert champion.name == "bert"
    assert champion.reason.endswith("1 other is within noise of it and none clearly faster, so it is the champion.")


def test_lone_model_is_champion_for_want_of_another(models):
    assert chosen({"bert": models["bert"]}).reason == "bert is the champion for want of another."


def test_front_holds_what_no_other_model_beats():
    quality = pd.Series({"slow": 0.9, "slower": 0.9, "fast": 0.5, "worse": 0.4, "unknown": 1.0})
    cost = pd.Series({"slow": 9.0, "slower": 10.0, "fast": 1.0, "worse": 2.0})
    assert pareto_front(quality, cost) == ["fast", "slow"]


def test_figure_says_what_quality_costs():
    rows = {"words": [0.6, 0.58, 0.62, 0.5], "bert": [0.7, 0.68, 0.72, 10.0], "lost": [0.9, 0.8, 1.0, float("nan")]}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["score", "low", "high", "latency_ms"])
    figure = pareto_figure(table, "macro_recall")
    title = figure.get_suptitle().replace("\n", " ")
    assert title == "bert is 10.0 points above words and takes 20 times as long"
    assert {text.get_text() for text in figure.axes[0].texts} == {"words", "bert"}
    assert pareto_figure(table.loc[["bert"]], "accuracy").get_suptitle() == "bert is both the best and the fastest"
    with pytest.raises(ValueError, match="None of the 1 models has a latency"):
        pareto_figure(table.loc[["lost"]], "accuracy")


def test_models_agree_with_themselves_and_less_with_others(models):
    table = agreement_table(models)
    assert [table.loc[name, name] for name in models] == [1, 1, 1]
    same = (models["bert"]["predicted"] == models["words"]["predicted"]).mean()
    assert table.loc["bert", "words"] == table.loc["words", "bert"] == pytest.approx(same)
    assert agreement_sentence({"one": models["bert"], "two": models["bert"]}).startswith("All 2 models are right on ")
