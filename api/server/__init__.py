"""The gunicorn worker: connections that share a thread, requests within bounds, deadlines and TLS."""
