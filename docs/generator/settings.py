"""The reference of the service's settings, read from the model that checks them."""

from typing import Any

from api.settings import Settings, variable
from docs.generator.markdown import code, sentence, table

HEADER = """# Service settings

The service reads its settings from environment variables. This page is generated from the model that checks them; an
unknown variable with the prefix `TEXTLAB_API_` stops the service with the nearest known name. `python -m api` prints
the same list.
"""
FOOTER = """
## Variables of other programs

| variable | meaning |
|---|---|
| `APPLICATIONINSIGHTS_CONNECTION_STRING` | Sends telemetry to Azure Application Insights. |
| `TEXTLAB_SEAL_KEYS` | The keys that seal and open texts, as `id:base64,id2:base64`. The first one seals. |
| `TEXTLAB_SEAL_KEYS_FILE` | A file with these keys, one a line, in place of `TEXTLAB_SEAL_KEYS`. |
| `TEXTLAB_SERVICE` | The address of the service, for the Streamlit page. |
| `TEXTLAB_SERVICE_KEY` | The API key that the Streamlit page and `python -m textlab promote --swap` send. |
| `SMOKE_KEY` | The API key that `deploy/smoke_test.sh` sends. |
| `TEXTLAB_MIRROR` | A folder to read datasets from, in place of the network. |
| `TEXTLAB_ROOT` | The checkout or working folder, in place of the one that contains the current folder. |
| `TEXTLAB_COLLECT_AT_START` | `1` leaves Python's garbage collector on while the command starts. |
| `MLFLOW_TRACKING_URI` | The MLflow server, in place of `mlruns/mlflow.db`. |
| `TEXTLAB_STUDIES` | The SQL database of Optuna's studies, in place of `mlruns/studies.db`. |
| `TEXTLAB_WANDB` | `offline` or `online` copies finished runs to Weights & Biases. |
| `TEXTLAB_WANDB_TEXTS` | `true` lets these copies contain texts. |
| `PIP_FIND_LINKS` | A folder of wheels, if PyTorch's index cannot be reached. |
"""


def settings_page() -> str:
    """The page: one row for each setting."""
    rows = [
        (code(variable(name)), code(_default(field.default)), _limits(field), sentence(field.description or ""))
        for name, field in Settings.model_fields.items()
    ]
    return f"{HEADER}\n{table(['variable', 'default', 'limits', 'meaning'], rows)}\n{FOOTER}"


def _default(default: object) -> str:
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def _limits(field: Any) -> str:
    """The bounds and choices of a setting, e.g. "1 to 64"."""
    bounds = {
        name: getattr(part, name) for part in field.metadata for name in ("ge", "gt", "le") if hasattr(part, name)
    }
    low = bounds.get("ge", bounds.get("gt"))
    if low is not None and "le" in bounds:
        return f"{low:,} to {bounds['le']:,}"
    if low is not None:
        return f"at least {low:,}" if "ge" in bounds else f"above {low:,}"
    choices = getattr(field.annotation, "__args__", ())
    return ", ".join(code(choice) for choice in choices if isinstance(choice, str))
