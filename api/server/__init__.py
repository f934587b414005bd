"""The gunicorn worker: connections that share a thread, deadlines and TLS."""
