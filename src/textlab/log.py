"""The one logging configuration: quiet unless asked."""

import logging
import os


def configure_logging(verbose: bool = False) -> None:
    """Show textlab's warnings, or with `verbose` all it has to say; other libraries' only from errors on.

    Called by commands, never on import.
    """
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "INFO" if verbose else "WARNING")  # the same for mlflow
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "true" if verbose else "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0" if verbose else "2")  # TensorFlow reads it when imported
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.ERROR, force=True)
    logging.getLogger("textlab").setLevel(logging.INFO if verbose else logging.WARNING)
