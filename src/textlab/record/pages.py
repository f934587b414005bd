"""Links to MLflow's pages: a run, and the comparison table of a grid."""

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from textlab.record import tags
from textlab.record.run import Run
from textlab.record.store import client, find_experiment, tracking_uri, without_password

LOCAL_PORT = 5000  # where `make ui` serves a local store
KEY = "comparison"  # the key of the shared view; each experiment has one, which is replaced each time
PRIMARY_METRIC, SECONDARY_METRICS = "macro_recall", ("accuracy", "macro_f1")  # for grids that state none
COSTS = ("latency_ms", "fit_seconds", "bundle_mb")
NAME_COLUMN = "attributes.`Run Name`"
CREATED_COLUMN = "runDateAndNestInfo"
NAME_PIXELS, PADDING_PIXELS, LETTER_PIXELS = 260, 24, 8


def page_address(port: int = LOCAL_PORT) -> str:
    """Return the address of MLflow's pages: the tracking server, or where `make ui` serves a local store."""
    uri = without_password(tracking_uri())
    return uri.rstrip("/") if uri.startswith(("http://", "https://")) else f"http://127.0.0.1:{port}"


def run_page(run: Run) -> str:
    """Return the address of a run's page."""
    return f"{page_address()}/#/experiments/{run.experiment_id}/runs/{run.id}"


def newest_grid() -> str | None:
    """Return the name of the grid whose cells ran last; None if the store holds no grid."""
    experiments = {each.experiment_id: each.name for each in client().search_experiments()}
    is_grid = f"tags.`{tags.KIND}` = '{tags.GRID}'"
    grids = {run.info.experiment_id for run in client().search_runs(list(experiments), is_grid)}
    newest = client().search_runs(sorted(grids), order_by=["attributes.start_time DESC"], max_results=1)
    return str(experiments[newest[0].info.experiment_id]) if newest else None


def comparison_page(grid: str, port: int = LOCAL_PORT) -> str:
    """Save the view of a grid's runs as a table, best on validation first; return the address that opens it.

    The view is one of MLflow's own shared views: a tag of the experiment holds the state of the page as JSON, and
    `viewStateShareKey` names it. If runs are sorted by a metric, MLflow does not fold them under
    their parent.

    Args:
        grid: the grid's name.
        port: the port on which a local store is served.

    Raises:
        ValueError: the store has no runs of this grid.
    """
    experiment = find_experiment(grid)
    if experiment is None:
        raise ValueError(f"MLflow has no experiment '{grid}'. Run the grid first, or leave the name out.")
    state = json.dumps(view_state(*_metrics(experiment.experiment_id)))
    client().set_experiment_tag(experiment.experiment_id, f"{tags.SHARED_VIEW}{KEY}", state)
    view = urlencode({"workflowType": "machine_learning", "viewStateShareKey": KEY})
    return f"{page_address(port)}/#/experiments/{experiment.experiment_id}/runs?{view}"


def view_state(primary_metric: str, secondary_metrics: Sequence[str] = SECONDARY_METRICS) -> dict[str, object]:
    """Return the state of MLflow's page of runs: the columns, their order and widths, and the sort order."""
    scores = [f"{split}_{primary_metric}" for split in ("validation", "test")]
    interval = [f"test_{primary_metric}_{end}" for end in ("low", "high")]
    others = [f"test_{metric}" for metric in secondary_metrics]
    names = list(dict.fromkeys([*scores, *interval, *others, *COSTS]))
    widths = {_column(name): PADDING_PIXELS + LETTER_PIXELS * len(name) for name in names}
    return {
        "searchFilter": "",
        "orderByKey": _column(names[0]),
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "selectedColumns": list(widths),
        "columnOrder": [NAME_COLUMN, CREATED_COLUMN, *widths],
        "columnWidths": {NAME_COLUMN: NAME_PIXELS, **widths},
    }


def _column(metric: str) -> str:
    return f"metrics.`{metric}`"


def _metrics(experiment_id: str) -> tuple[str, list[str]]:
    """Return the primary and the secondary metrics that the grid's run states."""
    grid_runs = client().search_runs([experiment_id], f"tags.`{tags.KIND}` = '{tags.GRID}'", max_results=1)
    stated = grid_runs[0].data.tags if grid_runs else {}
    secondary = stated.get(tags.SECONDARY_METRICS, json.dumps(SECONDARY_METRICS))
    return stated.get(tags.PRIMARY_METRIC, PRIMARY_METRIC), json.loads(secondary)
