"""Each night: check the labels that came in, report, and hold back what is odd.

`textlab feedback` judges the service's feedback, and the files of newly labelled texts in a folder. Rows that look like
an attack or a mistake are held for review and reach no training data. Exit code 3 means that rows are held; it is
the state "held", not a failure.
"""

from airflow.sdk import DAG
from textlab_operator import DAG_OPTIONS, LABELLED, LIST_LABELLED, NAME, TextlabOperator

with DAG(
    "inspect_feedback",
    schedule="0 3 * * *",
    params={"name": NAME, "labelled": LABELLED},
    doc_md=__doc__,
    **DAG_OPTIONS,
):
    TextlabOperator(
        task_id="feedback",
        before=LIST_LABELLED,
        command='feedback --name="$NAME" "${labelled[@]}"',
        values={"NAME": "{{ params.name }}", "LABELLED": "{{ params.labelled }}"},
        states={0: "clean", 3: "held"},
        minutes=60,
    )
