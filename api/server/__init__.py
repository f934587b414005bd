"""The gunicorn worker: how many there are, and their connections, which share a thread within bounds."""
