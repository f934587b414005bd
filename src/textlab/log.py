"""Logging of the commands, which is quiet by default."""

import logging
import os


def configure_logging(verbose: bool = False) -> None:
    """Configure logging: show textlab's warnings, and only errors of other libraries.

    Only commands call this; importing textlab configures nothing.

    Args:
        verbose: also show textlab's information, and more messages of MLflow and TensorFlow.
    """
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "INFO" if verbose else "WARNING")  # MLflow has its own setting
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "true" if verbose else "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0" if verbose else "2")  # TensorFlow reads this on import
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.ERROR, force=True)
    logging.getLogger("textlab").setLevel(logging.INFO if verbose else logging.WARNING)
