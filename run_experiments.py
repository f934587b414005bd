"""Run a grid of experiments; `python run_experiments.py --help` describes the options."""

from textlab.runner.command import app

if __name__ == "__main__":
    app()
