"""The whole walk of a user without a clone: install, make a working folder, run a grid, promote, predict, serve."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WORDS = {"positive": ("lovely", "kind", "quick", "calm"), "negative": ("rude", "slow", "dirty", "late")}
GRID = """
name: small
dataset: file:tweets.csv
primary_metric: macro_f1
runs:
  - notebook: 10_logistic_regression
    parameters: {features: [word, word_char], minimum_count: 1}
"""


def constraints():
    """The lines of `dist/constraints.txt`: the lock without hashes, which pip refuses in constraints."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^([^ #\n]+==.*?) *\\$", lock, re.MULTILINE)) + "\n"


def environment_of(folder):
    """The variables of a user who has activated the environment; none of them leads to the checkout."""
    hidden = ("TEXTLAB", "MLFLOW", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return kept | {"PATH": f"{folder / 'bin'}{os.pathsep}{kept['PATH']}", "COLUMNS": "200"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment with nothing but the wheel and its dependencies, in the versions of the lock."""
    folder = tmp_path_factory.mktemp("empty")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (folder / "constraints.txt").write_text(constraints(), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    wheel = next(folder.glob("*.whl"))
    install = [folder / "bin" / "pip", "install", "--quiet", "--no-compile", "--constraint", folder / "constraints.txt"]
    done = subprocess.run([*install, f"{wheel}[cpu]"], capture_output=True, text=True)
    if "No matching distribution" in done.stderr or "Connection" in done.stderr:
        pytest.skip("needs the package index, to install the wheel with its libraries")
    assert done.returncode == 0, done.stderr
    return environment_of(folder)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_user_without_a_clone_runs_a_grid_promotes_its_champion_predicts_and_serves_it(environment, tmp_path):
    laboratory = tmp_path / "laboratory"

    def textlab(*arguments, folder=laboratory):
        done = subprocess.run(["textlab", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    textlab("init", str(laboratory), folder=tmp_path)
    rows = [
        (f"the crew was {word} on flight {n}", label) for label in WORDS for n in range(100) for word in WORDS[label]
    ]
    (laboratory / "tweets.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    (laboratory / "experiments" / "small.yaml").write_text(GRID)
    assert "2 of 2 cells done" in textlab("run", "experiments/small.yaml")
    assert (laboratory / "reports" / "small" / "comparison.html").is_file()
    assert "2 cells, 0 due" in textlab("run", "experiments/small.yaml", "--dry-run")
    textlab("promote", "--champion", "--anyway", "--grid", "experiments/small.yaml", "--name", "sentiment")
    answer = textlab("predict", "the crew was lovely", "the crew was rude", folder=laboratory / "notebooks")
    assert [line.split()[0] for line in answer.splitlines()] == ["positive", "negative"]
    assert predicted_by_service(laboratory, environment) == "positive"
    assert not (Path(environment["PATH"].split(os.pathsep)[0]).parent / "lib/python3.11/site-packages/api").exists()


def predicted_by_service(laboratory, environment):
    """Start the service in the working folder, ask it for a prediction, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    one_worker = environment | {"TEXTLAB_API_WORKERS": "1"}
    service = subprocess.Popen(["textlab", "serve", "--port", str(port)], cwd=laboratory, env=one_worker)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/health/ready", service)
        body = json.dumps({"text": "what a lovely crew"}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/predict", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["predictions"][0]["label"]
    finally:
        service.terminate()
        service.wait(timeout=60)


def wait_until_ready(address, service):
    for _ in range(600):
        assert service.poll() is None
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("The service is not ready after five minutes.")
