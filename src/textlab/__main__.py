"""`python -m textlab`: promote the model of a finished run, classify texts with it, reproduce a run, and seal files."""

import typer

from textlab.commands.feedback import feedback
from textlab.commands.forgetting import forget
from textlab.commands.indexing import index
from textlab.commands.monitoring import monitor
from textlab.commands.prediction import predict
from textlab.commands.profiles import profiles
from textlab.commands.promotion import promote, rollback
from textlab.commands.reproduction import reproduce
from textlab.commands.retraining import retrain
from textlab.commands.scores import scores
from textlab.commands.sealing import rotate, seal, unseal

EPILOG = """Examples:

python -m textlab promote --champion --grid experiments/tweet_eval.yaml --name sentiment

python -m textlab promote 6bf28c2f7b7a4c14aaac456a317a7979 --name sentiment

python -m textlab rollback --name sentiment

python -m textlab predict "not bad at all" "worst flight ever"

python -m textlab predict --file tweets.csv --text tweet --output scored.csv

python -m textlab feedback --name sentiment --labelled new_labels.csv

python -m textlab reproduce 6bf28c2f7b7a4c14aaac456a317a7979

python -m textlab scores --grid experiments/tweet_eval.yaml

python -m textlab monitor --name sentiment --since 7d

python -m textlab seal models/.service/feedback.jsonl

python -m textlab index add --name people --file new.jsonl

python -m textlab forget --name people ada --folder data/profiles
"""

app = typer.Typer(
    help="Promote a run's model, classify texts with it, check that a run can be reproduced, and seal files of texts. "
    "RUN is the id of an MLflow run. Find it in reports/<grid>/leaderboard.csv or on MLflow's page (make ui).",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

COMMANDS = (
    promote,
    rollback,
    predict,
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
for command in COMMANDS:
    app.command()(command)
app.add_typer(index, name="index")
app.add_typer(profiles, name="profiles")


if __name__ == "__main__":
    app(prog_name="python -m textlab")
