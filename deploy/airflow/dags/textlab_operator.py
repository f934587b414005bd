"""A task that is one command of textlab, run in textlab's own environment.

Airflow and textlab need different versions of the same libraries, so each has its own environment. A task starts
`"$TEXTLAB_PYTHON" -m textlab ...`. PASSED_ON lists what it may take from Airflow's environment. Airflow's own secrets
and the address of its database do not reach textlab. textlab's secrets are read when the task runs, so they are neither
in Airflow's database nor on its pages.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

ROOT = Path(os.environ.get("TEXTLAB_ROOT", Path(__file__).resolve().parents[3]))
PLACES = {"TEXTLAB_ROOT": str(ROOT), "TEXTLAB_PYTHON": str(ROOT / ".venv" / "bin" / "python")}
PASSED_ON = re.compile(
    r"PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|OMP_NUM_THREADS|(http|https|no|HTTP|HTTPS|NO)_(proxy|PROXY)|SSL_CERT_FILE|"
    r"REQUESTS_CA_BUNDLE|APPLICATIONINSIGHTS_CONNECTION_STRING|(AWS|AZURE|MLFLOW|TEXTLAB)_\w+"
)
NOT_PASSED_ON = {"TEXTLAB_AIRFLOW_WEBHOOK"}
logger = logging.getLogger(__name__)

# Values of parameters reach a command through its environment and are quoted there. The patterns refuse the rest.
RELATIVE = r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}"
NAME = Param(
    os.environ.get("TEXTLAB_MODEL", "sentiment"),
    type="string",
    pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
    description="The model's name.",
)


def folder(default: str, description: str) -> Param:
    """A parameter that names a folder inside the checkout."""
    return Param(default, type="string", pattern=f"^{RELATIVE}$", description=description)


LABELLED = folder("data/labelled", "The folder with files of newly labelled texts, relative to the checkout.")
# The options for the files of that folder, as a list of the shell: "${labelled[@]}". There may be none.
LIST_LABELLED = (
    "shopt -s nullglob; labelled=(); "
    'for file in "$LABELLED"/*.{csv,tsv,parquet,jsonl}; do labelled+=("--labelled=$file"); done; '
)


def report_failure(context: Mapping[str, Any]) -> None:
    """Say which task failed, in the log and to the webhook that TEXTLAB_AIRFLOW_WEBHOOK names.

    The message holds neither the output of the command nor the error, because these might hold a text or a secret.
    """
    task = context["ti"]
    message = (
        f"textlab: the task {task.task_id} of {task.dag_id} failed at attempt {task.try_number} of the run "
        f"{task.run_id}. Its log in Airflow says why."
    )
    logger.error(message)
    webhook = os.environ.get("TEXTLAB_AIRFLOW_WEBHOOK", "")
    if not webhook.startswith(("https://", "http://")):
        return
    body = json.dumps({"text": message}).encode()
    request = urllib.request.Request(webhook, body, {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except OSError as error:  # the webhook's address is a secret, and an error may quote it
        logger.warning("The webhook did not take the message (%s).", type(error).__name__)


DAG_OPTIONS: dict[str, Any] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": 1,
    "tags": ["textlab"],
    "default_args": {
        "retries": 2,
        "retry_delay": timedelta(seconds=float(os.environ.get("TEXTLAB_AIRFLOW_RETRY_SECONDS", "300"))),
        "on_failure_callback": report_failure,
    },
}


def work_id(run_id: str) -> str:
    """Name the work of a DAG run: the same for each attempt, and good as the name of a folder and of a grid."""
    readable = re.sub("[^A-Za-z0-9]+", "-", run_id).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(run_id.encode()).hexdigest()[:8]}"


class TextlabOperator(BashOperator):
    """A task that runs one command of textlab.

    Args:
        command: the command and its options. A value is written as a quoted variable, such as `--name="$NAME"`.
        values: the variables of the command; templates, unlike the command.
        before: what the shell does before it becomes the command.
        states: what the exit codes that are no failures mean.
        skipping: those of them after which the following tasks are skipped.
        minutes: the time limit.

    The result, for the following tasks, is `{"state": ..., "answer": ...}` with the JSON that the command printed last.
    """

    def __init__(
        self,
        *,
        command: str,
        values: dict[str, str],
        before: str = "",
        states: Mapping[int, str] | None = None,
        skipping: tuple[int, ...] = (),
        minutes: float,
        **more: Any,
    ) -> None:
        super().__init__(
            bash_command=f'{before}exec "$TEXTLAB_PYTHON" -m textlab {command} --json',
            env=values,
            append_env=False,
            cwd=str(ROOT),
            execution_timeout=timedelta(minutes=minutes),
            **more,
        )
        self.states = {0: "done", **(states or {})}
        self.skipping = skipping

    def get_env(self, context: Any) -> dict[str, str]:
        """Return the command's whole environment."""
        passed_on = {name: os.environ[name] for name in os.environ.keys() - NOT_PASSED_ON if PASSED_ON.fullmatch(name)}
        return {"PYTHONUNBUFFERED": "1", **PLACES, **passed_on, **super().get_env(context)}

    def execute(self, context: Any) -> dict[str, Any]:
        """Run the command.

        Raises:
            AirflowException: the exit code means a failure.
            AirflowSkipException: the exit code means that nothing follows.
        """
        shell = shutil.which("bash") or "bash"
        ended = self.subprocess_hook.run_command([shell, "-c", self.bash_command], self.get_env(context), cwd=self.cwd)
        if ended.exit_code not in self.states:
            raise AirflowException(f"The command exited with code {ended.exit_code}. The lines above say why.")
        result = {"state": self.states[ended.exit_code], "answer": _answer(ended.output)}
        if ended.exit_code in self.skipping:
            context["ti"].xcom_push(key="return_value", value=result)
            raise AirflowSkipException(f"State: {result['state']}. Nothing follows.")
        return result


def _answer(line: str) -> Any:
    """Return the JSON that a command printed as its last line; None if that was something else."""
    try:
        return json.loads(line)
    except ValueError:
        return None
