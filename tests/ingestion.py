"""An ingestion server of Application Insights on loopback, and the variables that send telemetry to it."""

import gzip
import http.server
import json
import threading
from collections import Counter
from contextlib import contextmanager

KEY = "12345678-abcd-4234-8234-123456789abc"
QUICK = {
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
    "OTEL_TRACES_SAMPLER": "always_on",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_BLRP_SCHEDULE_DELAY": "200",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
}


class Ingestion:
    """An ingestion server on loopback. It keeps accepted envelopes, and counts requests by the trouble they met."""

    def __init__(self):
        self.envelopes, self.asked, self.trouble = [], Counter(), ""
        self._ended = threading.Event()
        self._start(0)

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_port}/"

    def _start(self, port):
        ingestion = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                items = ingestion.take(self.rfile.read(int(self.headers["Content-Length"])), self.headers)
                answer = json.dumps({"itemsReceived": items, "itemsAccepted": items, "errors": []}).encode()
                self.send_response(503 if ingestion.trouble == "refusing" else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, body, headers):
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        items = json.loads(body)
        self.asked[self.trouble] += 1
        if self.trouble == "slow":
            self._ended.wait(60)
        elif not self.trouble:
            self.envelopes.extend(items)
        return len(items)

    @contextmanager
    def troubled(self, trouble):
        """Make the server "dead", "slow" or "refusing" for a while."""
        self.trouble = trouble
        if trouble == "dead":
            port = self._server.server_port
            self.close()
        try:
            yield
        finally:
            self.trouble = ""
            self._ended.set()
            self._ended = threading.Event()
            if trouble == "dead":
                self._start(port)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def telling(address):
    return QUICK | {"APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={KEY};IngestionEndpoint={address};"}
