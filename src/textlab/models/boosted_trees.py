"""Gradient-boosted trees on n-grams: each tree corrects the sum of the trees before it."""

from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import LOG_ODDS
from textlab.features.tfidf import TfidfFeatures
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.ngrams import Lemmas, MinimumCount, NGrams
from textlab.models.training_facts import TrainingFacts
from textlab.models.training_length import BUDGET, BudgetMinutes, TimeBudget, training_notes
from textlab.models.trees.classifier import Components, MinimumLeaf, TreeClassifier
from textlab.models.trees.ensemble import TreeEnsemble
from textlab.models.trees.features import TreeFeatures
from textlab.models.trees.lightgbm_trees import lightgbm_trees
from textlab.models.trees.nodes import Nodes
from textlab.models.validation import (
    ClassWeight,
    PrimaryMetric,
    evaluations_since_best,
    sample_weights,
    validation_measures,
)

FEW_TEXTS = 10_000  # for up to so many texts, leaves of at least 5 scored best: docs/explanations/defaults.md
MOST_TREES = 6000  # rounds times classes: with 31 leaves a tree, the bundle stays below 10 MB
EVALUATIONS = 30  # evaluations that are planned over all rounds


class BoostedTrees(TreeClassifier):
    """Gradient-boosted trees of LightGBM (Ke et al. 2017) on the counts of n-grams, or on their principal directions.

    Training stops when validation no longer improves, and keeps the trees up to the best evaluation.
    """

    explains = LOG_ODDS

    def __init__(
        self,
        features: NGrams = "word_char",
        minimum_count: MinimumCount = 3,
        lemmas: Lemmas = False,
        maximum_features: Annotated[
            int | Auto, Hyperparameter("number of n-grams to keep: those that depend most on the class", minimum=1)
        ] = AUTO,
        components: Components = 0,
        learning_rate: Annotated[
            float | Auto, Hyperparameter("share of each tree's correction that is added", above=0, maximum=1)
        ] = AUTO,
        rounds: Annotated[
            int | Auto, Hyperparameter("maximum number of rounds; each grows one tree per class", minimum=1)
        ] = AUTO,
        patience: Annotated[
            int, Hyperparameter("evaluations without a better validation score before training stops", minimum=1)
        ] = 6,
        leaves: Annotated[int | Auto, Hyperparameter("maximum number of leaves of a tree", minimum=2)] = AUTO,
        minimum_leaf: MinimumLeaf = AUTO,
        column_share: Annotated[
            float, Hyperparameter("share of the n-grams that each tree may use", above=0, maximum=1)
        ] = 0.3,
        class_weight: ClassWeight = "balanced",
        primary_metric: PrimaryMetric = "macro_recall",
        budget_minutes: BudgetMinutes = 15.0,
    ) -> None:
        self.tfidf = TfidfFeatures(features, minimum_count, lemmas)

    @classmethod
    def tiny(cls) -> Self:
        return cls(features="word", minimum_count=1, rounds=20, minimum_leaf=2, column_share=1.0)

    def _automatic_values(self, facts: TrainingFacts) -> dict[str, Any]:
        """A round grows a tree per class: many classes leave few rounds of small trees, whose steps must be larger."""
        given = self.parameters["rounds"]
        rounds = min(300, max(12, MOST_TREES // facts.classes)) if given == AUTO else given
        return {
            "maximum_features": min(20_000, max(2000, 2_000_000 // facts.classes)),
            "rounds": rounds,
            "learning_rate": min(0.3, max(0.1, 30 / rounds)),
            "leaves": min(31, max(7, 2400 // facts.classes)),
            "minimum_leaf": 5 if facts.texts <= FEW_TEXTS else min(20, max(1, facts.rarest // 10)),
        }

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        settings = self.resolved
        features = TreeFeatures(self.tfidf, settings["maximum_features"], settings["components"])
        columns = features.fit_transform(train["text"].tolist(), train["label"].to_numpy(), seed)
        booster = self._booster(columns, train["label"].to_numpy(), seed)
        history = self._boost(booster, features.transform(validation["text"].tolist()), validation)
        best = int(history["round"].iloc[history[f"validation_{settings['primary_metric']}"].argmax()])
        nodes = Nodes.of(lightgbm_trees(booster.model_to_string(num_iteration=best), self.n_classes))
        self.ensemble = TreeEnsemble(features, nodes, self.n_classes, votes=False)
        self.ensemble.restrict()
        return history

    def _booster(self, columns: Any, labels: np.ndarray, seed: int) -> Any:
        """Return a booster without trees."""
        import lightgbm

        settings = self.resolved
        parameters = {
            "objective": "binary" if self.n_classes == 2 else "multiclass",
            "num_class": 1 if self.n_classes == 2 else self.n_classes,
            "learning_rate": settings["learning_rate"],
            "num_leaves": settings["leaves"],
            "min_data_in_leaf": settings["minimum_leaf"],
            "feature_fraction": settings["column_share"],
            "max_bin": 15 if not settings["components"] else 255,  # counts in tweets hardly exceed 15
            "use_missing": False,  # a zero is a count of zero
            "deterministic": True,  # the same trees on any number of threads
            "force_row_wise": True,  # otherwise LightGBM times two layouts and takes the faster one
            "seed": seed,
            "verbosity": -1,
        }
        weights = sample_weights(labels, settings["class_weight"])
        return lightgbm.Booster(parameters, lightgbm.Dataset(columns, labels, weight=weights, params=parameters))

    def _boost(self, booster: Any, columns: Any, validation: pd.DataFrame) -> pd.DataFrame:
        """Grow trees until validation no longer improves; return the history and set the notes."""
        from scipy.special import expit, softmax
        from tqdm.auto import tqdm

        settings, rows, sums, scored = self.resolved, [], np.zeros(len(validation)), 0
        metric, rounds = f"validation_{settings['primary_metric']}", settings["rounds"]
        budget, step, ended_by = TimeBudget(settings[BUDGET]), -(-rounds // EVALUATIONS), "rounds"
        with tqdm(total=rounds, desc="boosted trees", unit="round") as bar:
            for finished in range(1, rounds + 1):
                booster.update()
                bar.update()
                if finished % step and finished < rounds and not budget.is_spent():
                    continue
                new = booster.predict(columns, raw_score=True, start_iteration=scored, num_iteration=finished - scored)
                sums, scored = (sums + new.T).T if new.ndim == 1 else sums.reshape(len(sums), -1) + new, finished
                probabilities = softmax(sums, axis=1) if self.n_classes > 2 else expit(np.stack([-sums, sums], axis=1))
                measures = validation_measures(validation, probabilities, settings["primary_metric"])
                rows.append({"round": finished, **measures})
                bar.set_postfix({metric: f"{measures[metric]:.4f}"})
                if evaluations_since_best([row[metric] for row in rows]) >= settings["patience"]:
                    ended_by = ""
                    break
                if budget.is_spent() and finished < rounds:
                    ended_by = BUDGET
                    break
        history = pd.DataFrame(rows)
        self.training_notes = training_notes(history, validation, settings, ended_by)
        return history
