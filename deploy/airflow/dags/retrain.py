"""Each week: if the world has moved, train a challenger, and promote it if it is shown to be better.

monitor   compares the recorded traffic with what the champion was trained on (exit code 3: drift)
branch    goes on after drift, or always if the parameter `only_after_drift` is false
snapshot  joins the training data with the new labels that pass the checks
grid      trains on the snapshot
gate      holds challenger against champion (exit code 4: not promoted, which ends the run without a failure)
promote   makes the challenger the champion, switches the service, and rolls back if the service does worse

All steps of a run share an id, so a step that was killed goes on where it stopped and repeats nothing. The service's
address comes from TEXTLAB_SERVICE_URL and is no parameter, because the command sends it a key.
"""

import os

from airflow.sdk import DAG, Param, task
from textlab_operator import DAG_OPTIONS, LABELLED, LIST_LABELLED, NAME, TextlabOperator, work_id

VALUES = {
    "NAME": "{{ params.name }}",
    "GRID": "{{ params.grid }}",
    "LABELLED": "{{ params.labelled }}",
    "ID": "{{ work_id(run_id) }}",
}


def step(name: str, minutes: float, more: str = "", **options) -> TextlabOperator:
    """The task that goes on with the work of this run up to a step."""
    return TextlabOperator(
        task_id=name,
        before=LIST_LABELLED,
        command=f'retrain --name="$NAME" --grid="$GRID" --id="$ID" --until={name} "${{labelled[@]}}"{more}',
        values=VALUES,
        minutes=minutes,
        **options,
    )


@task.short_circuit
def branch(monitored: dict, **context) -> bool:
    """Whether to go on."""
    return monitored["state"] == "drift" or not context["params"]["only_after_drift"]


with DAG(
    "retrain",
    schedule="0 4 * * 1",
    params={
        "name": NAME,
        "since": Param("7d", type="string", pattern="^[1-9][0-9]{0,3}[hdw]$", description="How much traffic to judge."),
        "grid": Param(
            os.environ.get("TEXTLAB_RETRAIN_GRID", "experiments/demo.yaml"),
            type="string",
            pattern=r"^experiments/(?!.*\.\.)[A-Za-z0-9_./-]{1,150}\.yaml$",
            description="The grid to run on the snapshot.",
        ),
        "labelled": LABELLED,
        "only_after_drift": Param(True, type="boolean", description="End the run if the traffic has not moved."),
    },
    user_defined_macros={"work_id": work_id},
    doc_md=__doc__,
    **DAG_OPTIONS,
):
    monitor = TextlabOperator(
        task_id="monitor",
        command='monitor --name="$NAME" --since="$SINCE" --until="$UNTIL"',
        values={
            "NAME": "{{ params.name }}",
            "SINCE": "{{ params.since }}",
            "UNTIL": "{{ dag_run.run_after.isoformat() }}",
        },
        states={0: "quiet", 3: "drift"},
        minutes=60,
    )
    swap = ' ${TEXTLAB_SERVICE_URL:+"--swap=$TEXTLAB_SERVICE_URL"}'
    (
        branch(monitor.output)
        >> step("snapshot", minutes=120)
        >> step("grid", minutes=24 * 60)
        >> step("gate", minutes=240, states={4: "not promoted"}, skipping=(4,))
        >> step("promote", minutes=120, more=f" --promote{swap}", states={4: "not promoted"})
    )
