"""gunicorn's settings, derived from the service's: `gunicorn --config python:api.gunicorn_settings`.

Deployments name this module, so its path is stable. Each worker loads the model itself: TensorFlow hangs in a process
that is forked after TensorFlow was loaded.
"""

import os
import uuid
from typing import Any

from api.observing.metrics import FOLDER
from api.serving.runs import Run, remove_ended
from api.settings import RUN, from_environment

settings = from_environment()

wsgi_app = "api:create_app()"
worker_class = "api.server.worker.Worker"
logger_class = "api.server.worker.Logger"
preload_app = False
bind = f"{settings.host}:{settings.port}"
workers = settings.workers
worker_connections = settings.connections
forwarded_allow_ips = ""  # TEXTLAB_API_PROXIES decides about the headers of proxies
backlog = 2_048
certfile = str(settings.tls_certificate) if settings.tls_certificate else None
keyfile = str(settings.tls_key) if settings.tls_key else None
keepalive = 15
timeout = (
    300  # seconds without a sign of life before a worker is replaced, long enough to load a model on a slow machine
)
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
    "handlers": {"stderr": {"()": "api.observing.logs.JsonHandler"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
    },
}


def ssl_context(config: Any, default_factory: Any) -> Any:
    """Create the TLS context of all connections."""
    from api.server.tls import tls_context

    return tls_context(config.certfile, config.keyfile)


def on_starting(server: Any) -> None:
    """Give this run of the service an id and a folder, which its workers share."""
    os.environ[RUN] = uuid.uuid4().hex
    server.run_of_service = Run(settings.state)  # this process and its workers hold its lock
    folder = server.run_of_service.folder / "metrics"
    folder.mkdir()
    os.environ[FOLDER] = str(folder.resolve())


def on_exit(server: Any) -> None:
    """Keep the counts of this run, and remove its folder."""
    server.run_of_service.leave()
    remove_ended(settings.state)


def worker_exit(server: Any, worker: Any) -> None:
    """Close the service of a worker that ends: it answers waiting requests and stores recent predictions."""
    app = getattr(worker, "wsgi", None)  # missing if the start failed
    if app is not None:
        app.extensions["textlab_api"].close()


def child_exit(server: Any, worker: Any) -> None:
    """Drop the gauges of a worker that has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)
