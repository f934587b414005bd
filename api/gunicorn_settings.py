"""Settings of gunicorn, which read ours: `gunicorn --config python:api.gunicorn_settings` serves.

The model is loaded in each worker: TensorFlow hangs in a process that is forked after it was loaded.
"""

import os
import uuid
from typing import Any

from api.settings import from_environment
from api.workers import RUN

settings = from_environment()

wsgi_app = "api:create_app()"
worker_class = "api.connections.Worker"
preload_app = False
bind = f"{settings.host}:{settings.port}"
workers = settings.workers
threads = settings.threads
worker_connections = 2_000
backlog = 2_048
keepalive = 15
timeout = 120  # a worker that has not shown a sign of life for so long is replaced; loading counts
graceful_timeout = 30
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112  gunicorn wants a string
control_socket_disable = True
limit_request_line = 2_048
limit_request_fields = 50
limit_request_field_size = 8_190
accesslog = None  # the service logs its requests itself
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "api.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
    },
}


def on_starting(server: Any) -> None:
    """Name this run of the service, so that its workers find each other."""
    os.environ[RUN] = uuid.uuid4().hex
