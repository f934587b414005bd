"""The cost of telemetry to an ingestion server on the loopback interface."""

import http.server
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from servers.load import measured
from servers.ours import served_by_us
from servers.server import free_port

TURNS = 15  # the cost is smaller than the difference between two turns
KEY = "00000000-0000-4000-8000-000000000000"
SILENT = {  # otherwise the SDK sends reports about itself to other hosts
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
}


def telemetry_share(bundle: Path, scratch: Path, workers: int, seconds: float) -> float:
    """Return requests per second with telemetry as a share of those without: the median over several turns."""
    endpoint = free_port()
    connection = f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{endpoint}/"
    settings = SILENT | {"APPLICATIONINSIGHTS_CONNECTION_STRING": connection}
    command = [sys.executable, "-m", "servers.telemetry", str(endpoint)]
    ingestion = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    shares = []
    try:
        with (
            served_by_us(bundle, scratch, workers) as silent,
            served_by_us(bundle, scratch, workers, settings) as reporting,
        ):
            for _ in range(TURNS):
                rates = [measured(server, 16, seconds).rate for server in (silent, reporting)]
                shares.append(rates[1] / rates[0])
            if urlopen(f"http://127.0.0.1:{endpoint}/").read() == b"0":
                raise RuntimeError("No telemetry arrived, so its cost was not measured. Check telemetry_share.")
    finally:
        ingestion.terminate()
        ingestion.wait(30)
    return float(np.median(shares))


def ingest(port: int) -> None:
    """Run an ingestion server like that of Application Insights. GET returns the number of requests received."""
    bodies = 0

    class Ingestion(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            nonlocal bodies
            self.rfile.read(int(self.headers["Content-Length"]))
            bodies += 1
            self._answer(b'{"itemsReceived": 1, "itemsAccepted": 1, "errors": []}')

        def do_GET(self) -> None:
            self._answer(str(bodies).encode())

        def _answer(self, answer: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Ingestion).serve_forever()


if __name__ == "__main__":
    ingest(int(sys.argv[1]))
