"""`textlab` or `python -m textlab`: run a grid, promote the model of a run, predict, serve, and watch it."""

import typer

from textlab.commands.feedback import feedback
from textlab.commands.forgetting import forget
from textlab.commands.indexing import index
from textlab.commands.jupyter import lab
from textlab.commands.monitoring import monitor
from textlab.commands.prediction import predict
from textlab.commands.profiles import profiles
from textlab.commands.promotion import promote, rollback
from textlab.commands.reproduction import reproduce
from textlab.commands.retraining import retrain
from textlab.commands.scores import scores
from textlab.commands.sealing import rotate, seal, unseal
from textlab.commands.serving import key, serve
from textlab.commands.working_folder import init
from textlab.record.__main__ import ui
from textlab.runner import command as batch

EPILOG = """Examples:

python -m textlab init laboratory

python -m textlab run experiments/demo.yaml

python -m textlab promote --champion --grid experiments/tweet_eval.yaml --name sentiment

python -m textlab promote 6bf28c2f7b7a4c14aaac456a317a7979 --name sentiment

python -m textlab rollback --name sentiment

python -m textlab predict "not bad at all" "worst flight ever"

python -m textlab predict --file tweets.csv --text tweet --output scored.csv

python -m textlab serve --name sentiment

python -m textlab feedback --name sentiment --labelled new_labels.csv

python -m textlab reproduce 6bf28c2f7b7a4c14aaac456a317a7979

python -m textlab scores --grid experiments/tweet_eval.yaml

python -m textlab monitor --name sentiment --since 7d

python -m textlab seal models/.service/feedback.jsonl

python -m textlab index add --name people --file new.jsonl

python -m textlab forget --name people ada --folder data/profiles
"""

COMMANDS = (
    init,
    lab,
    ui,
    promote,
    rollback,
    predict,
    serve,
    key,
    reproduce,
    scores,
    monitor,
    feedback,
    retrain,
    seal,
    unseal,
    rotate,
    forget,
)


def program(*, completion: bool = False) -> typer.Typer:
    """Join the commands.

    Args:
        completion: offer to install completion for the shell. It works for a command with one name.
    """
    app = typer.Typer(
        help="Run grids of experiments, promote a run's model, classify texts with it, serve it, and watch it. "
        "RUN is the id of an MLflow run. Find it in reports/<grid>/leaderboard.csv or on MLflow's page (ui).",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=completion,
        pretty_exceptions_enable=False,
    )
    epilog = batch.EPILOG.replace("python run_experiments.py", "python -m textlab run")
    app.command("run", help=batch.HELP, epilog=epilog)(batch.run)
    for command in COMMANDS:
        app.command()(command)
    app.add_typer(index, name="index")
    app.add_typer(profiles, name="profiles")
    return app


app = program()


def main() -> None:
    """The entry point of the command `textlab`."""
    program(completion=True)(prog_name="textlab")


if __name__ == "__main__":
    app(prog_name="python -m textlab")
