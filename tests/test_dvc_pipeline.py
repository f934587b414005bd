"""Real DVC on a small checkout and a real S3 server: what is due, and data and models that come back from S3."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from s3_server import KEY, SECRET, s3_server

ROOT = Path(__file__).resolve().parents[1]
DVC = ROOT / ".venv-dvc" / "bin" / "dvc"
GRID = {
    "name": "versioned",
    "dataset": "file:data/tweets.csv",
    "primary_metric": "macro_recall",
    "runs": [{"notebook": "10_logistic_regression", "parameters": {"features": "word"}}],
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DVC.exists(), reason="needs DVC's environment (make dvc, make test-slow)"),
]


class Checkout:
    """A git repository with textlab's code and the pipeline of dvc.yaml, on a table that DVC tracks."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("src", "notebooks", ".dvc/plots"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "run_experiments.py"):
            shutil.copy(ROOT / name, folder / name)
        shutil.copy(ROOT / "requirements.lock", folder)
        for name in ("data", "experiments"):
            (folder / name).mkdir()
        self.write_data(0)
        self.write_grid()
        self._write_pipeline()
        self.git("init", "--quiet")
        self.dvc("add", "data/tweets.csv")
        self.commit()

    def _write_pipeline(self):
        """Write dvc.yaml as the guide says for a table of one's own: no stage `fetch`, and the table as dependency."""
        pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text())
        del pipeline["stages"]["fetch"]
        text = yaml.safe_dump(pipeline, sort_keys=False).replace("data/raw/${dataset}", "data/tweets.csv")
        (self.folder / "dvc.yaml").write_text(text)

    def write_data(self, seed):
        rng = np.random.default_rng(seed)
        words = {"negative": ["awful", "late", "rude"], "positive": ["lovely", "fast", "kind"]}
        labels = rng.choice(list(words), 600)
        texts = [
            f"{rng.choice(words[label])} n{seed}x{row} {' '.join(rng.choice(list('abcdef'), 4))}"
            for row, label in enumerate(labels)
        ]
        labels[:30] = rng.permutation(labels[:30])
        pd.DataFrame({"text": texts, "label": labels}).to_csv(self.folder / "data" / "tweets.csv", index=False)

    def write_grid(self, **parameters):
        grid = json.loads(json.dumps(GRID))
        grid["runs"][0]["parameters"] |= parameters
        (self.folder / "experiments" / "versioned.yaml").write_text(yaml.safe_dump(grid, sort_keys=False))

    def run(self, *command, code=0, **more):
        ours = ("AWS", "MLFLOW", "PYTHON", "TEXTLAB", "DVC")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        path = f"{Path(sys.executable).parent}:{kept['PATH']}"
        settings = {"PATH": path, "PYTHONPATH": str(self.folder / "src"), "TEXTLAB_ROOT": str(self.folder)}
        settings |= {"DVC_SITE_CACHE_DIR": str(self.folder / ".dvc" / "tmp" / "site"), "DVC_NO_ANALYTICS": "true"}
        done = subprocess.run(command, cwd=self.folder, env=kept | settings | more, capture_output=True, text=True)
        assert done.returncode == code, (done.stdout + done.stderr)[-5000:]
        return done.stdout + done.stderr

    def git(self, *words):
        return self.run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words).strip()

    def dvc(self, *words, **more):
        return self.run(str(DVC), *words, **more)

    def commit(self):
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "A version")
        return self.git("rev-parse", "HEAD")

    def repro(self):
        """Run the stages that are due; return their names and the output."""
        output = self.dvc("repro", "scores", "promote")
        return re.findall(r"Running stage '(\w+)'", output), output

    def due_stages(self):
        return set(json.loads(self.dvc("status", "--json", "grid", "scores", "promote"))) - {"data/tweets.csv.dvc"}

    def due_cells(self):
        """The number of cells that the runner would execute."""
        output = self.run("python", "run_experiments.py", "experiments/versioned.yaml", "--dry-run")
        return int(re.search(r"(\d+) due", output)[1]), output


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    checkout = Checkout(tmp_path_factory.mktemp("checkout").resolve())
    checkout.first = checkout.git("rev-parse", "HEAD")
    checkout.stages, checkout.output = checkout.repro()
    return checkout


def only_run(checkout):
    table = pd.read_csv(checkout.folder / "reports" / "versioned" / "leaderboard.csv")
    (run_id,) = table.loc[table["status"] == "done", "run_id"]
    return run_id


def test_the_stages_run_and_the_run_records_the_version_of_its_data(checkout):
    assert checkout.stages == ["grid", "scores", "promote"]
    tracked = yaml.safe_load((checkout.folder / "data" / "tweets.csv.dvc").read_text())["outs"][0]
    card = json.loads((checkout.folder / "models/irony/1/assets.extra/card.json").read_text())
    revision = {"path": "data/tweets.csv", "md5": tracked["md5"], "tracked_in": "data/tweets.csv.dvc"}
    assert card["data_revisions"] == [revision | {"commit": checkout.first}]
    page = (checkout.folder / "reports" / "versioned" / "comparison.html").read_text()
    assert f"data/tweets.csv, md5 {tracked['md5']}" in page
    assert f"git commit {checkout.first[:12]}" in page


def test_dvc_shows_scores_and_curves(checkout):
    shown = json.loads(checkout.dvc("metrics", "show", "--json"))[""]["data"]
    (scores,) = shown["reports/versioned/scores/metrics.json"]["data"].values()
    assert {"validation_macro_recall", "test_macro_recall"} <= scores.keys()
    checkout.dvc("plots", "show", "--out", "plots")
    page = (checkout.folder / "plots" / "index.html").read_text()
    assert "ROC curves on test" in page
    assert '"false_positive_rate"' in page
    shutil.rmtree(checkout.folder / "plots")


def test_dvc_and_the_runner_agree_on_what_is_due(checkout):
    """A change of a parameter, of code and of data makes both due, and nothing changed makes neither."""
    folder = checkout.folder
    model = folder / "src" / "textlab" / "models" / "logistic_regression.py"
    unrelated = folder / "src" / "textlab" / "commands" / "scores.py"
    table = folder / "data" / "tweets.csv"

    def appended(path):
        return lambda: path.write_text(path.read_text() + "\nCHANGED = 1\n")

    assert (checkout.due_stages(), checkout.due_cells()[0]) == (set(), 0)
    assert checkout.repro()[0] == []
    changes = [(folder / "experiments/versioned.yaml", lambda: checkout.write_grid(minimum_count=3))]
    changes += [(model, appended(model)), (table, lambda: checkout.write_data(1))]
    for path, change in changes:
        before = path.read_bytes()
        change()
        assert "grid" in checkout.due_stages(), path
        count, output = checkout.due_cells()
        assert count == 1, output
        path.write_bytes(before)
        assert (checkout.due_stages(), checkout.due_cells()[0]) == (set(), 0), path

    # DVC sees files, the runner what a cell reaches: after a change elsewhere the stage runs, and no cell does.
    leaderboard = folder / "reports" / "versioned" / "leaderboard.csv"
    ranks = leaderboard.read_bytes()
    appended(unrelated)()
    assert "grid" in checkout.due_stages()
    assert checkout.due_cells()[0] == 0
    assert checkout.repro()[0] == ["grid"]  # the leaderboard is the same, so nothing after it is due
    assert leaderboard.read_bytes() == ranks


def test_data_models_and_an_index_come_back_from_s3_and_a_run_is_reproduced(checkout, tmp_path):
    folder = checkout.folder
    index = folder / "models" / "people" / "1" / "assets.extra" / "index"
    index.mkdir(parents=True)
    (index / "vectors.bin").write_bytes(bytes(range(256)) * 100)
    private = folder / "models" / ".service" / "traffic"
    private.mkdir(parents=True)
    (private / "1.jsonl").write_text("a private text\n")
    checkout.dvc("add", "models/people")
    checkout.commit()
    kept = ("data/tweets.csv", "models/irony", "models/people", "models/catalog.json")

    def contents():
        files = [path for name in kept for path in [folder / name, *(folder / name).rglob("*")] if path.is_file()]
        return {path: path.read_bytes() for path in files}

    before = contents()
    assert len(before) > 5
    with s3_server(tmp_path / "s3") as address:
        checkout.dvc("remote", "modify", "--local", "store", "endpointurl", address)
        known = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}
        _make_bucket(address)
        checkout.dvc("push", code=255, **known | {"AWS_SECRET_ACCESS_KEY": "wrong"})
        checkout.dvc("push", **known)
        for name in (".dvc/cache", *kept):
            shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
        assert contents() == {}
        checkout.dvc("pull", **known)
    assert contents() == before
    cached = [path.read_bytes() for path in (folder / ".dvc" / "cache").rglob("*") if path.is_file()]
    assert not any(b"a private text" in content for content in cached)
    assert "Identical" in checkout.run("python", "-m", "textlab", "reproduce", only_run(checkout))
    assert checkout.repro()[0] == []
    assert "config.local" not in checkout.git("status", "--short", "--untracked-files=all")


def _make_bucket(address):
    import boto3

    store = boto3.client(
        "s3", endpoint_url=address, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
    )
    store.create_bucket(Bucket="dvc")
