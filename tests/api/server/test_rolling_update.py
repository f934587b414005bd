"""A rolling update of two replicas behind a real balancer, with the times of deploy/kubernetes."""

import http.client
import json
import shutil
import signal
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml
from promoted import ADMIN, promote, write_admin_key, write_constant_model
from served import free_port, serving
from servers import running

BASE = Path(__file__).resolve().parents[3] / "deploy" / "kubernetes" / "base"
REMOVAL_SECONDS = 2.0  # a proxy learns so much later that a pod terminates
CONFIGURATION = """
global
    stats socket {socket} level admin
defaults
    mode {mode}
    retries 0
    timeout connect 5s
    timeout client 90s
    timeout server 90s
listen service
    bind 127.0.0.1:{port}
    balance roundrobin
    server-template replica 1-4 127.0.0.1:1 disabled
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("haproxy"), reason="needs haproxy (Debian: haproxy)"),
]


def pod():
    with (BASE / "deployment.yaml").open() as file:
        return next(yaml.safe_load_all(file))["spec"]["template"]["spec"]


def settings_of_the_manifest():
    """The service's settings in Kubernetes, without addresses, files and the number of workers of a pod."""
    document = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    values = dict(literal.split("=", 1) for literal in document["configMapGenerator"][0]["literals"])
    taken = ("IDLE_SECONDS", "EARLIER_COUNTS", "PROXIES", "RECORD")
    return {name.lower(): values[f"TEXTLAB_API_{name}"] for name in taken}


class Balancer:
    """A balancer that repeats no request, so that it hides no loss. As `tcp`, it passes connections on, as a Service
    does; as `http`, it passes requests on over connections that it keeps, as an ingress controller does."""

    def __init__(self, port, control):
        self.port, self._control, self._names = port, control, {}

    def add(self, port):
        name = f"service/replica{len(self._names) + 1}"
        self._names[port] = name
        self._tell(f"set server {name} addr 127.0.0.1 port {port}; set server {name} state ready")

    def remove(self, port):
        self._tell(f"set server {self._names[port]} state drain")

    def _tell(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._control))
            connection.sendall(command.encode() + b"\n")
            assert b"such" not in connection.recv(4096)


@contextmanager
def balancing(mode, folder):
    port, control = free_port(), folder / "control"
    file = folder / "haproxy.cfg"
    file.write_text(CONFIGURATION.format(socket=control, mode=mode, port=port))
    with running(["haproxy", "-db", "-f", file], folder / "haproxy.log"):
        until = time.monotonic() + 20
        while not control.exists():
            assert time.monotonic() < until, (folder / "haproxy.log").read_text()
            time.sleep(0.05)
        yield Balancer(port, control)


class Clients:
    """Clients with a steady load: some keep their connection, others make a new one for each request."""

    def __init__(self, port, keeping=3, renewing=3):
        self.outcomes, self.versions, self._port, self._stop = [], [], port, threading.Event()
        kinds = [True] * keeping + [False] * renewing
        self._threads = [threading.Thread(target=self._ask, args=(kind,), daemon=True) for kind in kinds]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _ask(self, keeps):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._stop.wait(0.02):
            try:
                connection.request("POST", "/predict", '{"text": "x"}', {"Content-Type": "application/json"})
                answer = connection.getresponse()
                document = json.loads(answer.read())
                self.outcomes.append(answer.status)
                self.versions.append(document["model"]["version"])
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                self.outcomes.append(repr(error))
                connection.close()
            if not keeps:
                connection.close()


def terminate(replica, balancer):
    """End a replica as Kubernetes does: it runs on during preStop, meanwhile the proxies learn of it, then SIGTERM."""
    spec = pod()
    pause = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pause > REMOVAL_SECONDS
    time.sleep(REMOVAL_SECONDS)
    balancer.remove(replica.port)
    time.sleep(pause - REMOVAL_SECONDS)
    replica.process.send_signal(signal.SIGTERM)
    assert replica.process.wait(spec["terminationGracePeriodSeconds"] - pause) == 0


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rolling")
    model = folder / "models" / "sentiment"
    for number, probabilities in enumerate(([0.9, 0.1], [0.2, 0.8]), start=1):
        promote(write_constant_model(folder / str(number), probabilities), model / str(number))
    return model


@pytest.mark.parametrize("mode", ["tcp", "http"])
def test_rolling_update_loses_no_request_and_feedback_reaches_any_replica(versions, tmp_path, mode):
    settings = settings_of_the_manifest() | {"state": tmp_path / "state", "keys_file": write_admin_key(tmp_path)}

    def start(stack, name, version):
        more = settings | {"version": version, "log_level": "warning"}
        return stack.enter_context(serving(versions, tmp_path / name, **more))

    with ExitStack() as stack:
        balancer = stack.enter_context(balancing(mode, tmp_path))
        old = [start(stack, f"old{number}", 1) for number in range(2)]
        for replica in old:
            balancer.add(replica.port)
        identifiers = [
            replica.call("POST", "/predict", {"text": f"text {number}"})[2]["predictions"][0]["prediction_id"]
            for number, replica in enumerate(old)
        ]
        new = []
        with Clients(balancer.port) as clients:
            for number, replica in enumerate(old):  # maxSurge 1, maxUnavailable 0
                new.append(start(stack, f"new{number}", 2))
                balancer.add(new[-1].port)
                terminate(replica, balancer)
            before = len(clients.outcomes)
            time.sleep(1)
        assert len(clients.outcomes) > before > 100
        lost = [outcome for outcome in clients.outcomes if outcome != 200]
        print(f"{mode}: {len(clients.outcomes)} requests, {len(lost)} lost")
        assert not lost
        assert set(clients.versions) == {1, 2}
        assert clients.versions[-1] == 2

        for identifier in identifiers:
            for replica in new:
                status, _, answer = replica.call(
                    "POST", "/feedback", {"prediction_id": identifier, "label": "positive"}
                )
                assert (status, answer["status"]) == (200, "rejected"), "version 1 had predicted negative"
        lines = (tmp_path / "state" / "feedback.jsonl").read_text().splitlines()
        assert sorted(json.loads(line)["prediction_id"] for line in lines) == sorted(identifiers)

        counted = sum(predictions(replica) for replica in new)
        assert counted <= clients.versions.count(2), "a replica shows what another one counted"


def predictions(replica):
    """The number of predictions in a replica's metrics."""
    text = replica.call("GET", "/metrics", headers=ADMIN)[2].decode()
    values = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith("textlab_predictions_total")]
    return sum(map(float, values))
