"""Validation decides; a tie within noise goes to the faster model."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.comparison import compare
from textlab.evaluation.predictions import predictions_frame
from textlab.promotion.champion import champion_of, choose_champion


def frame(accuracy, seed, texts=1000):
    """Predictions of which about this share is right."""
    rng = np.random.default_rng(seed)
    labels = np.arange(texts) % 2
    right = rng.random(texts) < accuracy
    probability = np.where(right == (labels == 1), 0.8, 0.2)
    examples = pd.DataFrame({"id": range(texts), "text": [str(row) for row in range(texts)], "label": labels})
    return predictions_frame(examples, np.column_stack([1 - probability, probability]), ["no", "yes"])


MODELS = {"large": frame(0.90, 1), "small": frame(0.89, 2), "weak": frame(0.6, 3)}


def test_tie_within_noise_goes_to_the_faster_model():
    champion = choose_champion(MODELS, "macro_recall", {"large": 9.0, "small": 1.0, "weak": 0.1})
    assert (champion.leader, champion.name) == ("large", "small")
    assert "small is within noise of it" in champion.reason
    assert champion.reason.endswith("and faster (1 against 9 ms).")


@pytest.mark.parametrize("latency", [1.1, 0.9, float("nan")])
def test_leader_stays_where_the_other_is_about_as_fast_or_was_not_timed(latency):
    champion = choose_champion(MODELS, "macro_recall", {"large": 1.0, "small": latency, "weak": 0.1})
    assert champion.name == "large"
    assert champion.reason.endswith("of the 2 others 1 within noise of it, none clearly faster.")


def test_difference_beyond_noise_decides_whatever_the_speed():
    two = {name: MODELS[name] for name in ("large", "weak")}
    champion = choose_champion(two, "accuracy", {"large": 9.0, "weak": 0.1})
    assert champion.name == "large"
    assert champion.reason.startswith("large has the highest accuracy on validation, ")
    assert champion.reason.endswith("; none of the 1 others is within noise of it.")


def test_models_that_nobody_would_promote_hide_no_difference():
    many = {"large": frame(0.90, 1), "small": frame(0.865, 2)} | {f"weak {n}": frame(0.6, 10 + n) for n in range(15)}
    latency = dict.fromkeys(many, 1.0) | {"large": 9.0}
    assert choose_champion(many, "accuracy", latency).name == "large"
    pairs = compare(many, "accuracy").pairs.set_index(["better", "worse"])
    assert pairs.loc[("large", "small"), "p_holm"] > 0.05  # corrected for all 136 pairs


def test_grid_without_a_finished_run_has_no_champion():
    failed = SimpleNamespace(data=SimpleNamespace(tags={"textlab.status": "failed", "textlab.model": "lstm"}))
    with pytest.raises(ValueError, match="No run of this grid is done"):
        champion_of([failed], "accuracy")


def test_champion_is_chosen_from_the_record_and_an_unfinished_run_is_left_out(store, new_run):
    from textlab import tracking

    done, running = new_run(), new_run(status="running")
    run, reason = champion_of(tracking.get_runs([running, done]), "accuracy")
    assert run.info.run_id == done
    assert reason.startswith(f"lengths ({done[:8]}) has the highest accuracy")
