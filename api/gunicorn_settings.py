"""Settings of gunicorn, which read ours: `gunicorn --config python:api.gunicorn_settings` serves.

The model is loaded in each worker: TensorFlow hangs in a process that is forked after it was loaded.
"""

import os
import uuid
from typing import Any

from api.observing.metrics import FOLDER
from api.serving.workers import RUN
from api.settings import from_environment

settings = from_environment()

wsgi_app = "api:create_app()"
worker_class = "api.server.connections.Worker"
logger_class = "api.server.connections.Logger"
preload_app = False
bind = f"{settings.host}:{settings.port}"
workers = settings.workers
worker_connections = settings.connections
forwarded_allow_ips = ""  # headers of proxies are read as TEXTLAB_API_PROXIES says
backlog = 2_048
certfile = str(settings.tls_certificate) if settings.tls_certificate else None
keyfile = str(settings.tls_key) if settings.tls_key else None
keepalive = 15
timeout = 300  # a worker that shows no sign of life for so long is replaced; loading counts, also on a slow machine
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
    "formatters": {"json": {"()": "api.observing.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
    },
}


def ssl_context(config: Any, default_factory: Any) -> Any:
    """How connections are encrypted."""
    from api.server.connections import tls_context

    return tls_context(config.certfile, config.keyfile)


def on_starting(server: Any) -> None:
    """Name this run of the service, so that its workers find each other."""
    run = uuid.uuid4().hex
    os.environ[RUN] = run
    folder = settings.state / f"run-{run}" / "metrics"
    folder.mkdir(parents=True)
    os.environ[FOLDER] = str(folder.resolve())


def worker_exit(server: Any, worker: Any) -> None:
    """A worker ends: what waits is answered, and what is remembered is written."""
    app = getattr(worker, "wsgi", None)  # none where the start failed
    if app is not None:
        app.extensions["textlab_api"].close()


def child_exit(server: Any, worker: Any) -> None:
    """A worker is gone: its gauges no longer count."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)
