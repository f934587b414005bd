"""Links to MLflow's pages."""

from textlab.record.run import Run
from textlab.record.store import tracking_uri

LOCAL_PAGE = "http://127.0.0.1:5000"  # where `make ui` serves a local store


def page_address() -> str:
    """Return the address of MLflow's pages: the tracking server, or where `make ui` serves a local store."""
    uri = tracking_uri()
    return uri.rstrip("/") if uri.startswith(("http://", "https://")) else LOCAL_PAGE


def run_page(run: Run) -> str:
    """Return the address of a run's page."""
    return f"{page_address()}/#/experiments/{run.experiment_id}/runs/{run.id}"
