"""gunicorn's settings, derived from the service's: `gunicorn --config python:api.gunicorn_settings`.

Deployments name this module, so its path is stable. Each worker loads the model itself: TensorFlow hangs in a process
that is forked after TensorFlow was loaded.
"""

import math
import os
import uuid
from contextlib import suppress
from typing import Any

from api.server.last_connections import drop_new_connections_at_the_end
from api.server.starts import Starts, keep_spawning
from api.server.worker_count import worker_count
from api.serving.runs import Run, remove_ended
from api.serving.seal_keys import seal_keys, warn_of_clear_texts
from api.settings import RUN, from_environment, variable

settings = from_environment()
chosen = worker_count(settings)
sealing = seal_keys()  # an invalid key ends the start before a worker does

wsgi_app = "api:create_app()"
worker_class = "api.server.worker.Worker"
logger_class = "api.server.worker.Logger"
preload_app = False
bind = settings.address
workers = chosen.number
worker_connections = settings.connections
forwarded_allow_ips = ""  # TEXTLAB_API_PROXIES decides about the headers of proxies
backlog = 2_048
certfile = str(settings.tls_certificate) if settings.tls_certificate else None
keyfile = str(settings.tls_key) if settings.tls_key else None
keepalive = settings.idle_seconds
timeout = 300  # seconds without a sign of life until a worker is replaced; loading a model may take long
graceful_timeout = 6 + math.ceil(settings.deadline_ms / 1000)  # 8 by default; Docker kills a container after 10
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112  gunicorn wants a string
control_socket_disable = True
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


def on_starting(server: Any) -> None:
    """Give this run of the service an id, and a folder that its workers share."""
    server.log.info("Number of workers: %s. %s", chosen.number, chosen.reason)
    if sealing is None:
        warn_of_clear_texts()
    os.environ[variable("workers")] = str(chosen.number)  # each worker applies its share of the limits per caller
    os.environ[RUN] = uuid.uuid4().hex
    # This process and its workers hold the lock of the run, and share its number of the served version.
    server.run_of_service = Run(settings.state)
    server.starts = Starts()


def when_ready(server: Any) -> None:
    """Keep a run that has served alive if a worker cannot be created, and let it end without a lost connection."""
    keep_spawning(server, server.starts)
    drop_new_connections_at_the_end(server)


def pre_fork(server: Any, worker: Any) -> None:
    """Share the counts of starts with a new worker."""
    worker.starts = server.starts


def on_exit(server: Any) -> None:
    """Keep the counts of this run, and remove its folder."""
    server.run_of_service.leave()
    with suppress(OSError):  # the next start tries again
        remove_ended(settings.state)


def worker_exit(server: Any, worker: Any) -> None:
    """Close the service of a worker that ends: it answers waiting requests and stores recent predictions."""
    app = getattr(worker, "wsgi", None)  # missing if the start failed
    if app is not None:
        app.extensions["textlab_api"].close()
