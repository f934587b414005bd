"""Experiments in MLflow. No other package imports mlflow or spells its tags.

run           Run and Status: one executed cell as plain values
store         the tracking store: its address, its creation, and waiting for locks
reading       runs of a grid, newest first, or by their ids
writing       runs opened, closed, described, and nested under their grid or search
reuse         finished runs of other grids
notebook_run  the run of a notebook, with its model, data and curves
artifacts     files of a run: predictions, the exported bundle, figures
limits        names shortened to MLflow's limits
machine       hardware, library versions and memory of this process
pages         links to MLflow's pages
decisions     the decisions of retrains
copies        finished runs on another tracker
registry      promoted models as versions of registered models
"""

from textlab.record.artifacts import artifact, bundle_folder, load_predictions, log_figure, log_files
from textlab.record.decisions import log_decision, store_must_answer
from textlab.record.reading import all_runs, finished_run, get_run, get_runs, grid_of, runs, runs_so_far
from textlab.record.reuse import copy_results, finished_elsewhere
from textlab.record.run import TRUNCATED_SHARE, Run, Status
from textlab.record.store import prepare_store, store_exists, tracking_uri, without_password
from textlab.record.writing import annotate, close_run, close_search, grid_run, log_metrics, open_run, open_search

__all__ = [
    "TRUNCATED_SHARE",
    "Run",
    "Status",
    "all_runs",
    "annotate",
    "artifact",
    "bundle_folder",
    "close_run",
    "close_search",
    "copy_results",
    "finished_elsewhere",
    "finished_run",
    "get_run",
    "get_runs",
    "grid_of",
    "grid_run",
    "load_predictions",
    "log_decision",
    "log_figure",
    "log_files",
    "log_metrics",
    "open_run",
    "open_search",
    "prepare_store",
    "runs",
    "runs_so_far",
    "store_exists",
    "store_must_answer",
    "tracking_uri",
    "without_password",
]
