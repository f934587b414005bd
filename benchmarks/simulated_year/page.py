"""The page of the simulated year: a picture, the events, and every week."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulated_year.world import ATTACK, LABEL_SHIFT, NEW_TOPIC, TEXTS

PICTURE = "simulated-year.png"


def write_page(rows: Sequence[dict[str, Any]], page: Path) -> None:
    """Write the Markdown page and its picture."""
    _draw(rows, page.parent.parent / "pictures" / PICTURE)
    page.write_text("\n".join(_lines(rows)) + "\n", encoding="utf-8")


def _lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    promoted = [row for row in rows if row["champion"] != row["champion_before"]]
    alarms = [row for row in rows if row["drift"]]
    gain = sum(row["after"] - row["first"] for row in rows) / len(rows)
    worse = [row for row in promoted if row["after"] < row["before"]]
    kept = sum(row["verdict"] == "kept" for row in rows)
    return [
        "# A simulated year",
        "",
        f"A service answers {TEXTS} tweets a week. Airline tweets enter the traffic from week {NEW_TOPIC[0]}.",
        f"They make half of it from week {NEW_TOPIC[1]}. From week {LABEL_SHIFT}, negative tweets are more frequent.",
        f"Attackers send wrong labels in weeks {ATTACK[0]} to {ATTACK[-1]}. Each week runs the commands of Airflow's",
        "DAG `retrain`: `monitor`, and after drift the steps of `retrain`, at most every four weeks. The model is",
        "logistic regression. The scores are on held-out tweets of that week's world, which no command sees.",
        "",
        f"![Macro recall of the champion and of the first model over the weeks](../pictures/{PICTURE})",
        "",
        "| | |",
        "|---|---:|",
        f"| weeks with drift | {len(alarms)} |",
        f"| challengers promoted | {len(promoted)} |",
        f"| challengers refused | {kept} |",
        f"| promotions after which the score was lower in that week | {len(worse)} |",
        f"| champion minus first model, mean over the weeks, points | {gain:+.1f} |",
        "",
        "The fixed test set holds tweets of the old world. A challenger is refused if a fall of more than one point on",
        "it cannot be excluded, however good it is on the new topic; 2,000 test tweets often leave that open.",
        "",
        "| week | drift | champion | first model | champion before | champion after |",
        "|---:|---|---|---:|---:|---:|",
        *(_row(row) for row in rows),
        "",
        "Command: `python benchmarks/year.py --folder FOLDER --page docs/results/simulated-year.md`",
    ]


def _row(row: dict[str, Any]) -> str:
    moved = row["champion"] != row["champion_before"]
    champion = f"{row['champion_before']} → {row['champion']}" if moved else f"{row['champion']}"
    champion += f" ({row['verdict']})" if row["verdict"] == "kept" else ""
    drift = "; ".join(row["moved"]) or "yes" if row["drift"] else ""
    scores = f"{row['first']:.1f} | {row['before']:.1f} | {row['after']:.1f}"
    return f"| {row['week']} | {drift} | {champion} | {scores} |"


def _draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    import matplotlib.pyplot as plt

    weeks = [row["week"] for row in rows]
    figure, axes = plt.subplots(figsize=(9, 4.6), layout="constrained")
    axes.plot(weeks, [row["first"] for row in rows], color="0.6", label="first model")
    axes.plot(weeks, [row["after"] for row in rows], color="C0", label="champion")
    alarms = [row for row in rows if row["drift"]]
    axes.scatter([row["week"] for row in alarms], [row["after"] for row in alarms], color="C1", zorder=3, label="drift")
    promoted = [row for row in rows if row["champion"] != row["champion_before"]]
    axes.scatter(
        [row["week"] for row in promoted],
        [row["after"] for row in promoted],
        marker="^",
        s=70,
        color="C2",
        zorder=4,
        label="promoted",
    )
    axes.axvspan(*NEW_TOPIC, color="C0", alpha=0.07, label="a new topic grows")
    axes.axvspan(ATTACK[0], ATTACK[-1] + 1, color="C3", alpha=0.15, label="attack")
    axes.axvspan(LABEL_SHIFT, max(weeks), color="C4", alpha=0.08, label="more negative tweets")
    axes.set(xlabel="week", ylabel="macro recall, held-out tweets (points)")
    figure.legend(loc="outside lower center", ncols=4, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
