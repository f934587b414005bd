"""Each hour: score the new files of a folder, and write them with the model's name and version.

`textlab predict --folder` scores a file once for each version of the model. A file that is still being written is left
for the next hour. A broken file does not stop the others; the task then fails and names it.
"""

from airflow.sdk import DAG, Param
from textlab_operator import DAG_OPTIONS, NAME, TextlabOperator, folder

TEXT = Param(
    "text", type="string", pattern=r"^[^\x00-\x1f]{1,100}$", description="The files' column that holds the text."
)

with DAG(
    "batch_predictions",
    schedule="@hourly",
    params={
        "name": NAME,
        "folder": folder("data/incoming", "The folder of the files, relative to the checkout."),
        "output": folder("data/scored", "The folder for the scored files, relative to the checkout."),
        "text": TEXT,
    },
    doc_md=__doc__,
    **DAG_OPTIONS,
):
    TextlabOperator(
        task_id="predict",
        command='predict --folder="$FOLDER" --output="$OUTPUT" --name="$NAME" --text="$TEXT"',
        values={
            "NAME": "{{ params.name }}",
            "FOLDER": "{{ params.folder }}",
            "OUTPUT": "{{ params.output }}",
            "TEXT": "{{ params.text }}",
        },
        minutes=360,
    )
