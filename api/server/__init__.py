"""gunicorn's workers: their number, their starts, and their connections, which share one thread within bounds."""
