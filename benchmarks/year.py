"""Simulate a year of a service: python benchmarks/year.py --folder FOLDER

A model is trained on tweets and promoted. Then come 52 weeks of traffic. From week 8 to week 28, tweets about airlines
become half of it; from week 38, negative tweets are more frequent; and in weeks 22 to 24, attackers send wrong labels.
Each week, the commands of Airflow's DAG `retrain` are run: `monitor`, and after drift `retrain` up to each of its
steps, unless the last retrain was less than four weeks ago. The judge of the simulation compares the champion with the
first model on held-out texts of that week's world, which no command sees.

FOLDER becomes a root of textlab (TEXTLAB_ROOT) with its own runs, models and reports. Finished weeks are kept, so the
command may be interrupted and started again. TEXTLAB_MIRROR names a folder with the real tweets. Recorded texts and
feedback are sealed if TEXTLAB_SEAL_KEYS is set.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from simulated_year.page import write_page
from simulated_year.service_files import feedback_of, window, write_feedback, write_labelled, write_traffic
from simulated_year.world import Week, World
from tqdm.auto import tqdm

ROOT = Path(__file__).resolve().parents[1]
NAME = "sentiment"
GRID = """# The grid of the simulated year.
name: year
dataset: file:data.csv
primary_metric: macro_recall
runs:
  - notebook: 10_logistic_regression
"""
STEPS = ("snapshot", "grid", "gate", "promote")
NOT_PROMOTED, DRIFT = 4, 3
WEEKS_BETWEEN_RETRAINS = 4


def main(
    folder: Annotated[Path, typer.Option(help="The root of the simulated laboratory.")],
    weeks: Annotated[int, typer.Option(help="Weeks to simulate.")] = 52,
    seed: Annotated[int, typer.Option(help="Random seed of the world.")] = 0,
    page: Annotated[Path | None, typer.Option(help="Markdown file to write; its picture goes to ../pictures.")] = None,
) -> None:
    """Simulate the weeks, print a table, and write the page."""
    laboratory = Laboratory(folder.resolve())
    world = World(seed)
    laboratory.set_up(world)
    done = laboratory.finished_weeks()
    for week in tqdm(world.weeks(), total=weeks, unit="week"):
        if week.number > weeks:
            break
        if week.number not in done:
            done[week.number] = laboratory.live_through(week)
            laboratory.keep(done[week.number])
    rows = [done[number] for number in sorted(done) if number <= weeks]
    for row in rows:
        typer.echo(json.dumps({key: value for key, value in row.items() if key != "moved"}))
    if page is not None:
        write_page(rows, page)


class Laboratory:
    """A root of textlab in which the commands run.

    Args:
        root: its folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._service = root / "models" / ".service"
        self._weeks, self._said = root / "weeks.jsonl", root / "feedback.json"
        # The judge scores texts in this process; the commands run in processes of their own.
        os.environ["TEXTLAB_ROOT"] = str(root)

    def set_up(self, world: World) -> None:
        """Train and promote the first model, unless an earlier call has done so."""
        if (self.root / "models" / NAME / "1").is_dir():
            return
        self.root.mkdir(parents=True, exist_ok=True)
        for name in ("notebooks", "conda"):
            shutil.copytree(ROOT / name, self.root / name, dirs_exist_ok=True)
        world.base.to_csv(self.root / "data.csv", index=False)
        self._grid.write_text(GRID, encoding="utf-8")
        self._command([str(ROOT / "run_experiments.py"), str(self._grid)], allowed=(0,))
        promotion = ["promote", "--champion", "--grid", str(self._grid), "--name", NAME]
        self._command(["-m", "textlab", *promotion], allowed=(0,))

    def finished_weeks(self) -> dict[int, dict[str, Any]]:
        """The weeks that are done, by number."""
        lines = self._weeks.read_text(encoding="utf-8").splitlines() if self._weeks.exists() else []
        return {row["week"]: row for row in map(json.loads, lines)}

    def keep(self, row: dict[str, Any]) -> None:
        """Keep the outcome of a week."""
        with self._weeks.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def live_through(self, week: Week) -> dict[str, Any]:
        """Write what the service leaves in a week, run the commands, and judge the champion."""
        started, number = time.monotonic(), self._champion
        self._leave_files(week, number)
        begin, end = (moment.isoformat() for moment in window(week.number))
        looked = self._textlab("monitor", "--name", NAME, "--since", begin, "--until", end, allowed=(0, DRIFT))
        row = {
            "week": week.number,
            "attacked": week.is_attacked,
            "drift": looked["code"] == DRIFT,
            "moved": looked.get("alarms", []),
            "verdict": "",
            "champion_before": number,
        }
        retrained = [number for number, before in self.finished_weeks().items() if before["verdict"]]
        if row["drift"] and week.number - max(retrained, default=-52) >= WEEKS_BETWEEN_RETRAINS:
            row["verdict"] = self._retrain(f"week-{week.number:02}")
        row["champion"] = self._champion
        row |= self._judged(week, number)
        return row | {"seconds": round(time.monotonic() - started, 1)}

    def _leave_files(self, week: Week, number: int) -> None:
        probabilities = self._answers(week.texts["text"].tolist(), number)
        ids = write_traffic(self._service / "traffic", week, probabilities, NAME, number)
        said = json.loads(self._said.read_text(encoding="utf-8")) if self._said.exists() else {}
        said[str(week.number)] = feedback_of(week, ids, probabilities, NAME, number)
        self._said.write_text(json.dumps(said), encoding="utf-8")
        write_feedback(self._service / "feedback.jsonl", [line for lines in said.values() for line in lines])
        write_labelled(self.root / "labelled" / f"week-{week.number:02}.csv", week)

    def _retrain(self, identifier: str) -> str:
        """Run the steps of retraining one by one, as the DAG does, and return the verdict."""
        labelled = [option for path in self._labelled for option in ("--labelled", str(path))]
        options = ["--name", NAME, "--grid", str(self._grid), "--id", identifier, *labelled]
        for step in STEPS:
            promotes = ["--promote"] if step == "promote" else []
            ended = self._textlab("retrain", *options, "--until", step, *promotes, allowed=(0, NOT_PROMOTED))
            if ended["code"] == NOT_PROMOTED:
                return "kept"
        return "promoted"

    def _judged(self, week: Week, number: int) -> dict[str, float]:
        """The macro recall of the first model, and of the champion before and after this week's commands, in points."""
        from sklearn.metrics import recall_score

        numbers = {"first": 1, "before": number, "after": self._champion}
        texts, labels = week.held_out["text"].tolist(), week.held_out["label"].to_numpy()
        answers = {each: self._answers(texts, each).argmax(axis=1) for each in set(numbers.values())}
        scores = {each: recall_score(labels, predicted, average="macro") for each, predicted in answers.items()}
        return {name: round(100 * float(scores[each]), 2) for name, each in numbers.items()}

    def _answers(self, texts: list[str], number: int) -> Any:
        from textlab.export.answers import answers_in_batches
        from textlab.export.bundle import Bundle
        from textlab.log import import_tensorflow

        import_tensorflow()  # without its log lines
        return answers_in_batches(Bundle(self.root / "models" / NAME / str(number)), texts)

    @property
    def _champion(self) -> int:
        from textlab.promotion.catalog import read_catalog

        return read_catalog(self.root / "models")[NAME].champion

    @property
    def _grid(self) -> Path:
        return self.root / "year.yaml"

    @property
    def _labelled(self) -> list[Path]:
        return sorted((self.root / "labelled").glob("*.csv"))

    def _textlab(self, *arguments: str, allowed: tuple[int, ...]) -> dict[str, Any]:
        """Run a command with --json; its exit code is `code` in the answer."""
        ended = self._command(["-m", "textlab", *arguments, "--json"], allowed)
        lines = ended.stdout.strip().splitlines()
        return (json.loads(lines[-1]) if lines else {}) | {"code": ended.returncode}

    def _command(self, arguments: list[str], allowed: tuple[int, ...]) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run([sys.executable, *arguments], cwd=self.root, capture_output=True, text=True, check=False)
        with (self.root / "commands.log").open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(arguments)}\n{ended.stdout}{ended.stderr}\nexit code {ended.returncode}\n\n")
        if ended.returncode not in allowed:
            raise SystemExit(f"{' '.join(arguments)} ended with exit code {ended.returncode}. Read commands.log.")
        return ended


if __name__ == "__main__":
    typer.run(main)
