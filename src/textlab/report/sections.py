"""The parts of a grid's page, each as a notebook shows it. Every number leads to its MLflow run."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from textlab.evaluation import figures
from textlab.evaluation.behaviour import capability_table, failure_examples
from textlab.evaluation.choice.pareto import pareto_front
from textlab.evaluation.choice.wording import p_text
from textlab.evaluation.classification.agreement import agreement_sentence, agreement_table
from textlab.evaluation.classification.predictions import most_confident_mistakes
from textlab.evaluation.classification.slices import slice_metrics
from textlab.evaluation.statistics.seeds import seed_sentences, seed_table
from textlab.record.artifacts import artifact
from textlab.record.pages import run_page
from textlab.report.findings import Findings
from textlab.report.html import Cell, Fragment, number, picture, points, render, table

COST_HEADINGS = {
    "fit_seconds": ("training, s", 0),
    "peak_memory_mb": ("memory to train, MB", 0),
    "latency_ms": ("one text, median ms", 2),
    "latency_p99_ms": ("99th percentile, ms", 2),
    "tweets_per_second": ("texts a second", 0),
    "bundle_mb": ("size, MB", 1),
    "memory_mb": ("memory to serve, MB", 0),
}
CALIBRATION = {"ece": "calibration error", "brier": "Brier score", "log_loss": "log loss"}
P_HEADINGS = ("p", "p, Holm", "McNemar p, Holm", "detectable")
MOST_TELLING = 5  # texts of each kind of mistake for two classes; for more classes three
FEWEST_TEXTS = 30  # of a slice; a score of fewer is mostly chance and is greyed


def question(findings: Findings) -> Fragment:
    """What was asked and on what data."""
    entry = findings.champion_entry
    run, shares = entry.run, entry.test["label"].value_counts(normalize=True)
    failed = len(findings.leaderboard) - len(findings.entries) - len(findings.left_out)
    facts = {
        "Asked": f"Which of {len(findings.representatives)} models tells {_listed(findings.label_names)} apart best?",
        "Data": f"{run.dataset}, version {run.dataset_version or 'unknown'}",
        "Test": f"{len(entry.test):,} texts: "
        + ", ".join(f"{100 * shares.get(label, 0):.0f}% {label}" for label in findings.label_names),
        "Validation": f"{len(entry.validation):,} texts, on which everything is chosen",
        "Judged by": _metric(findings.primary) + " on validation; test is only reported",
        "Runs": f"{len(findings.entries)} compared" + (f", {failed} without a model" if failed else ""),
    }
    return render("facts", facts=list(facts.items()))


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _metric(name: str) -> str:
    return name.replace("_", " ")


def answer(findings: Findings) -> Fragment:
    """The answer in sentences, and the champion's numbers."""
    entry, metrics = findings.champion_entry, findings.champion_entry.run.metrics
    row = findings.scores[findings.champion.name]
    tiles = [
        (findings.champion.name, "champion"),
        (points(row[findings.metric]), f"{_metric(findings.metric)} on test"),
        (points(row["accuracy"]), "accuracy on test"),
        (f"{number(findings.latency_ms[findings.champion.name], 1)} ms", "one text, median"),
        (f"{number(metrics.get('bundle_mb'), 1)} MB", "exported model"),
    ]
    link = run_page(entry.run)
    sentences = list(findings.answer)
    if findings.metric != findings.primary:
        sentences.append(
            f"{_metric(findings.primary)} decides on validation, but has no interval, as it is no score of decisions "
            f"alone: intervals and tests are of {_metric(findings.metric)}."
        )
    return render("answer", sentences=sentences, tiles=[Cell(text, link, note=note) for text, note in tiles])


def board(findings: Findings) -> Fragment:
    """All runs with their scores and intervals, the best on validation first, and below them what has none."""
    intervals, metric = findings.comparison.intervals, findings.metric
    drawn = intervals[[metric, f"{metric}_low", f"{metric}_high"]]
    low, high = drawn.min().min(), drawn.max().max()
    span = (high - low) or 1.0
    rows = []
    for name, entry in findings.entries.items():
        row = findings.scores[name]
        left, right = row[f"{metric}_low"], row[f"{metric}_high"]
        rows.append(
            {
                "name": name,
                "link": run_page(entry.run),
                "is_champion": name == findings.champion.name,
                "validation": points(entry.run.metrics.get(f"validation_{findings.primary}")),
                "score": points(row[metric]),
                "interval": _interval(row, metric),
                "left": 100 * (left - low) / span,
                "width": 0.0 if left != left else 100 * (right - left) / span,
                "place": 100 * (row[metric] - low) / span,
                "is_alike": row["group"] == 1,
                "group": int(row["group"]),
                "accuracy": points(row["accuracy"]),
                "accuracy_interval": _interval(row, "accuracy"),
                "macro_f1": points(row["macro_f1"]),
                "macro_f1_interval": _interval(row, "macro_f1"),
                "latency": number(findings.latency_ms[name], 2),
            }
        )
    share = f"{100 * findings.comparison.confidence:.0f}%"
    heading = f"{_metric(metric)} on test, {share} interval"
    shown = render("leaderboard", rows=rows, interval_heading=heading, lowest=points(low), highest=points(high))
    return _together(shown, _left_out(findings))


def _interval(row: Mapping[str, float], metric: str) -> str:
    return f"{points(row[f'{metric}_low'])} to {points(row[f'{metric}_high'])}"


def _left_out(findings: Findings) -> Fragment:
    """Why finished runs are not compared, and what failed."""
    lost = findings.leaderboard[findings.leaderboard["status"] != "done"]
    sentences = [*findings.left_out]
    sentences += [
        f"{name} {'' if status == 'nothing logged' else 'is '}{status}{f': {error}' if error else ''}."
        for name, status, error in zip(lost["name"], lost["status"], lost["error"], strict=True)
    ]
    return render("sentences", sentences=sentences, kind="note")


def _together(*fragments: Fragment) -> Fragment:
    return Fragment("\n".join(fragment.html for fragment in fragments))


def _name(findings: Findings, name: str) -> Cell:
    return Cell(name, run_page(findings.entries[name].run))


def intervals(findings: Findings) -> Fragment:
    """Every run's interval as a picture."""
    return picture(figures.interval_figure(findings.comparison))


def differences(findings: Findings) -> Fragment:
    """Each model against the best on validation; all pairs of runs below, folded."""
    pairs, leader = findings.comparison.pairs, findings.comparison.best
    if pairs.empty:
        return _said("A single run has nothing to be compared with.")
    ranked = [name for name in findings.comparison.intervals.index if name in findings.representatives]
    others = [str(name) for name in ranked if name != leader]
    shown = _against(findings, leader, others) if others else _said("There is one model only, from several seeds.")
    return _together(shown, _pairs(findings, pairs, folded=f"All {len(pairs)} pairs of runs"))


def _against(findings: Findings, leader: str, others: Sequence[str]) -> Fragment:
    """Each of the others against the leader; what is below it has a minus."""
    headings = ["model", f"points against {leader}", "95% interval", *P_HEADINGS]
    rows = []
    for name in others:
        pair = findings.comparison.pair(leader, name)
        is_above = pair["better"] == name
        sign, ends = ("+", ("low", "high")) if is_above else ("−", ("high", "low"))
        low, high = (pair[end] if is_above else -pair[end] for end in ends)
        texts = [f"{sign}{points(pair['difference'])}", f"{points(low)} to {points(high)}".replace("-", "−")]
        link = run_page(findings.entries[name].run)
        rows.append([_name(findings, name), *(Cell(text, link) for text in [*texts, *_p_values(pair)])])
    return table(headings, rows)


def _p_values(pair: Mapping[Any, Any]) -> list[str]:
    """What stands below `P_HEADINGS`."""
    exact = " (exact)" if pair["mcnemar"] == "exact" else ""
    p_values = [
        p_text(pair[name]).removeprefix("p = ").removeprefix("p ") for name in ("p", "p_holm", "mcnemar_p_holm")
    ]
    return [*p_values[:2], p_values[2] + exact, points(pair["detectable"])]


def _said(*sentences: str) -> Fragment:
    return render("sentences", sentences=sentences, kind="")


def _pairs(findings: Findings, pairs: pd.DataFrame, folded: str) -> Fragment:
    """Every pair, with the texts of which only one is right."""
    worse_heading = Cell("worse", is_number=False)
    headings: list[str | Cell] = [
        "better",
        worse_heading,
        "points",
        "95% interval",
        *P_HEADINGS,
        "only better right",
        "only worse right",
    ]
    rows = []
    for pair in pairs.to_dict("records"):
        link = run_page(findings.entries[pair["better"]].run)
        texts = [points(pair["difference"]), f"{points(pair['low'])} to {points(pair['high'])}".replace("-", "−")]
        texts += [*_p_values(pair), f"{pair['only_better_right']:,}", f"{pair['only_worse_right']:,}"]
        worse = Cell(pair["worse"], run_page(findings.entries[pair["worse"]].run), is_number=False)
        rows.append([_name(findings, pair["better"]), worse, *(Cell(text, link) for text in texts)])
    return table(headings, rows, folded)


def seeds(findings: Findings) -> Fragment:
    """Mean and spread over seeds."""
    scores = findings.scores_by_seed
    of_model = {entry.model: name for name, entry in reversed(findings.entries.items())}
    rows = []
    for model, row in seed_table(scores).iterrows():
        link = run_page(findings.entries[of_model[str(model)]].run)
        texts = [str(int(row["seeds"])), points(row["mean"]), points(row["spread"], 2)]
        texts += [points(row["lowest"]), points(row["highest"])]
        rows.append([Cell(str(model), link), *(Cell(text, link) for text in texts)])
    shown = table(["model", "seeds", f"mean {_metric(findings.metric)}", "spread", "lowest", "highest"], rows)
    return _together(_said(seed_sentences(scores)), shown)


def costs(findings: Findings) -> Fragment:
    """What each model takes to train and to serve."""
    known = findings.costs.dropna(axis="columns", how="all")  # older runs have not logged all
    rows = []
    logged = [cost for cost in COST_HEADINGS if cost in known]
    for name, row in known.to_dict("index").items():
        link = run_page(findings.entries[str(name)].run)
        cells = [Cell(number(row[cost], COST_HEADINGS[cost][1]), link) for cost in logged]
        rows.append([_name(findings, str(name)), *cells])
    return table(["model", *(COST_HEADINGS[cost][0] for cost in logged)], rows)


def pareto(findings: Findings) -> Fragment:
    """Quality against latency."""
    known = findings.quality_and_latency
    if known["latency_ms"].isna().all():
        return _said("No run has logged a latency, so there is nothing to set quality against.")
    front = pareto_front(known["score"], known["latency_ms"])
    named = _listed(front) if len(front) > 1 else front[0]
    sentence = f"On the front, beaten by no other model in both: {named}."
    return _together(picture(figures.pareto_figure(known, findings.metric)), _said(sentence))


def capabilities(findings: Findings) -> Fragment:
    """The failure rates as a table: phenomena by models."""
    not_asked = [f"{name} was not asked. {why}" for name, why in findings.not_tried.items()]
    if not findings.behaviour:
        return _said("No exported model could be asked.", *not_asked)
    rates: dict[tuple[str, str], dict[str, Any]] = {}
    for row in capability_table(findings.behaviour).to_dict("records"):
        rates.setdefault((row["phenomenon"], row["kind"]), {})[row["model"]] = row
    rows = [
        [Cell(phenomenon, note=kind), *(_failure_rate(findings, name, by_model[name]) for name in findings.behaviour)]
        for (phenomenon, kind), by_model in rates.items()
    ]
    shown = table(["phenomenon", *(_name(findings, name) for name in findings.behaviour)], rows)
    return _together(shown, render("sentences", sentences=not_asked, kind="note"))


def _failure_rate(findings: Findings, name: str, row: Mapping[str, Any]) -> Cell:
    interval = f"{100 * row['low']:.0f} to {100 * row['high']:.0f}"
    link = run_page(findings.entries[name].run)
    return Cell(f"{100 * row['failure_rate']:.0f}%", link, shade=row["failure_rate"], note=interval)


def capability_picture(findings: Findings) -> Fragment:
    """The same as a picture."""
    if not findings.behaviour:
        return _said("No exported model could be asked.")
    return picture(figures.capability_figure(capability_table(findings.behaviour)))


def failures(findings: Findings) -> Fragment:
    """What the champion fails, the clearest example of each test; of another model where it could not be asked."""
    if not findings.behaviour:
        return _said()
    name = findings.champion.name if findings.champion.name in findings.behaviour else next(iter(findings.behaviour))
    examples = failure_examples({name: findings.behaviour[name]}, 1)
    tweets = [
        {
            "original": row["original"],
            "text": row["text"],
            "told": f"{row['phenomenon']} ({row['kind']}): "
            + (f"expected {row['expected']}, " if row["expected"] else "")
            + f"said {row['predicted']}"
            + ("" if pd.isna(row["before"]) else f"; probability {row['before']:.2f} before, {row['after']:.2f} after"),
        }
        for row in examples.to_dict("records")
    ]
    return render("tweets", parts=[(f"What {name} fails", tweets)])


def roc(findings: Findings) -> Fragment:
    """The ROC curves."""
    return picture(figures.roc_figure(findings.drawn))


def precision_recall(findings: Findings) -> Fragment:
    """The precision-recall curves."""
    return picture(figures.precision_recall_figure(findings.drawn))


def confusion(findings: Findings) -> Fragment:
    """The confusion matrices."""
    return picture(figures.confusion_figure(findings.drawn))


def reliability(findings: Findings) -> Fragment:
    """The reliability diagram."""
    return picture(figures.reliability_figure(findings.drawn))


def calibration(findings: Findings) -> Fragment:
    """Calibration before and after temperature scaling."""
    rows = []
    for name, row in findings.calibration.iterrows():
        link = run_page(findings.entries[str(name)].run)
        texts = [number(row["temperature"], 2)]
        texts += [f"{row[f'{kind}_before']:.3f} → {row[f'{kind}_after']:.3f}" for kind in CALIBRATION]
        rows.append([_name(findings, str(name)), *(Cell(text, link) for text in texts)])
    return table(["model", "temperature", *CALIBRATION.values()], rows)


def learning(findings: Findings) -> Fragment:
    """The learning curve of each model in figures."""
    shown = []
    for name in findings.drawn:
        try:
            history = pd.read_csv(artifact(findings.entries[name].run.id, "history.csv"))
        except (FileNotFoundError, pd.errors.EmptyDataError):
            continue
        if figures.drawable(history):
            drawn = picture(figures.learning_curve_figure(history))
            shown.append(_together(render("sentences", sentences=[name], kind="over"), drawn))
    return _together(*shown) if shown else _said("No run has logged more than one step of training.")


def agreement(findings: Findings) -> Fragment:
    """Of how many texts each two models say the same."""
    if len(findings.drawn) == 1:
        return _said("A single model agrees with itself.")
    names = list(findings.drawn)
    shares = agreement_table(findings.drawn).to_numpy()
    most_apart = (1 - shares.min()) or 1.0
    rows = []
    for row, first in enumerate(names):
        cells = [
            Cell(
                "" if first == second else f"{100 * shares[row, column]:.0f}%",
                run_page(findings.entries[second].run),
                shade=0.7 * float(1 - shares[row, column]) / most_apart,
            )
            for column, second in enumerate(names)
        ]
        rows.append([_name(findings, first), *cells])
    shown = table(["model", *(_name(findings, name) for name in names)], rows)
    return _together(_said(agreement_sentence(findings.drawn)), shown)


def slices(findings: Findings) -> Fragment:
    """The metric on parts of the test texts; darker is worse than the same model on all texts."""
    scored = {name: slice_metrics(frame, findings.metric).to_dict("records") for name, frame in findings.drawn.items()}
    rows = []
    for place, part in enumerate(next(iter(scored.values()))):  # all models have the same slices, "all" first
        cells = [Cell(f"{part['count']:,}")]
        is_small = part["count"] < FEWEST_TEXTS
        for name, slices_of_model in scored.items():
            score = slices_of_model[place][findings.metric]
            below = max(0.0, 3 * (slices_of_model[0][findings.metric] - score))
            link = run_page(findings.entries[name].run)
            cells.append(
                Cell(points(score), link, shade=0.0 if is_small else min(1.0, below), note="few" if is_small else "")
            )
        rows.append([Cell(part["slice"] if part["kind"] == "all" else f"{part['kind']}: {part['slice']}"), *cells])
    return table(["slice", "texts", *(_name(findings, name) for name in scored)], rows)


def mistakes(findings: Findings) -> Fragment:
    """The champion's worst false positives and false negatives, and what every model gets wrong."""
    frame, names = findings.champion_entry.test, findings.label_names
    wrong = most_confident_mistakes(frame, len(frame))
    count = MOST_TELLING if len(names) == 2 else 3
    parts = []
    for label in names[-1:] if len(names) == 2 else names:
        taken, missed = wrong[wrong["predicted"] == label], wrong[wrong["label"] == label]
        parts.append((f"Worst false positives: {label} according to {findings.champion.name}", _tweets(taken, count)))
        parts.append((f"Worst false negatives: {label}, but not seen", _tweets(missed, count)))
    everywhere = set(wrong.index)
    for other in findings.drawn.values():
        everywhere &= set(other.loc[other["label"] != other["predicted"], "id"])
    common = wrong[[row in everywhere for row in wrong.index]]
    if len(findings.drawn) > 1:
        parts.append(
            (f"Wrong in all {len(findings.drawn)} models ({len(common):,} texts)", _tweets(common, MOST_TELLING))
        )
    return render("tweets", parts=parts)


def _tweets(rows: pd.DataFrame, count: int) -> list[dict[str, str]]:
    return [
        {
            "original": "",
            "text": row["text"],
            "told": f"is {row['label']}, called {row['predicted']} with probability {row['probability']:.2f}",
        }
        for row in rows.head(count).to_dict("records")
    ]
