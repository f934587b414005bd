"""Runs in Airflow's environment: describe the DAGs, run them with dag.test(), and write down what happened.

    .venv-airflow/bin/python tests/airflow/dag_runs.py REQUEST ANSWER

REQUEST is a JSON list of runs: {"dag": ..., "conf": {...}, "environment": {...}}. ANSWER gets a JSON object.
"""

import copy
import json
import os
import sys
from functools import partial
from pathlib import Path


def described(dag):
    tasks = {
        task.task_id: {
            "type": type(task).__name__,
            "retries": task.retries,
            "limit": task.execution_timeout.total_seconds() if task.execution_timeout else None,
            "reports": bool(task.on_failure_callback),
            "command": getattr(task, "bash_command", None),
            "append_env": getattr(task, "append_env", None),
            "downstream": sorted(task.downstream_task_ids),
        }
        for task in dag.tasks
    }
    options = {name: getattr(dag, name) for name in ("catchup", "max_active_runs", "schedule")}
    return {"tasks": tasks, "params": list(dag.params), **options}


def refused(dag, name, value):
    """Whether a DAG refuses a value of a parameter."""
    from airflow.sdk.exceptions import ParamValidationError

    params = copy.deepcopy(dag.params)
    try:
        params[name] = value
        params.validate()
    except ParamValidationError:
        return True
    return False


def ran(dag, conf, environment):
    """Run a DAG that was just read: dag.test() leaves the parameters of a run in the DAG."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    os.environ.update(environment)
    run = dag.test(run_conf=conf)
    with create_session() as session:
        query = select(XComModel).where(XComModel.run_id == run.run_id, XComModel.dag_id == dag.dag_id)
        results = {one.task_id: one.value for one in session.scalars(query) if one.key == "return_value"}
    return {
        "state": str(run.state),
        "run_id": run.run_id,
        "tasks": {one.task_id: str(one.state) for one in run.get_task_instances()},
        "tries": {one.task_id: one.try_number for one in run.get_task_instances()},
        "results": results,
    }


def main(request, answer):
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.utils.db import initdb

    initdb()
    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    read = partial(BundleDagBag, folder, bundle_path=folder, bundle_name="dags-folder")
    bag = read()
    document = json.loads(Path(request).read_text())
    found = {
        "errors": bag.import_errors,
        "dags": {name: described(dag) for name, dag in bag.dags.items()},
        "refused": [refused(bag.dags[dag], name, value) for dag, name, value in document["values"]],
        "runs": [ran(read().dags[one["dag"]], one["conf"], one["environment"]) for one in document["runs"]],
    }
    Path(answer).write_text(json.dumps(found, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
