"""`make audit` and `make sbom`, with the tools that uv downloads."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.supply_chain.locks import locked

ROOT = Path(__file__).resolve().parents[1]
LOCK = "deploy/azure/requirements.txt"
READY = ROOT / ".venv" / ".ready"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not READY.exists(), reason="needs the environment that make sets up"),
]


def make(target, *variables):
    command = ["make", "--assume-old", ".venv/.ready", target, f"PIP_LOCKS={LOCK}", *variables]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def service():
    """A vulnerability service on this machine, which knows one hole in Flask; yields the options that name it."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hole = {"id": "TEST-1", "summary": "a hole", "affected": [], "modified": "2026-01-01T00:00:00Z"}
            answer = json.dumps({"vulns": [hole]} if question["package"]["name"] in self.server.holes else {}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    server.holes = {"flask"}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def options(server):
    return f"AUDIT_OPTIONS=--vulnerability-service osv --osv-url http://127.0.0.1:{server.server_port}/v1/query"


def test_the_audit_names_a_vulnerable_library_and_fails(service):
    done = make("audit", options(service))
    assert done.returncode != 0
    assert [line.split()[0] for line in done.stdout.splitlines() if "TEST-1" in line] == ["flask"], done.stderr
    service.holes = set()
    clean = make("audit", options(service))
    assert (clean.returncode, "No known vulnerabilities found" in clean.stderr) == (0, True), clean.stderr


def test_the_audit_fails_without_a_vulnerability_service():
    done = make("audit", "AUDIT_OPTIONS=--vulnerability-service osv --osv-url http://127.0.0.1:9/v1/query")
    assert done.returncode != 0
    assert "No known vulnerabilities found" not in done.stderr


def test_the_bill_of_materials_lists_the_lock_with_its_hashes(tmp_path):
    done = make("sbom", f"DIST={tmp_path}")
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.iterdir()
    assert path.name == "sbom-deploy-azure-requirements.cdx.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["bomFormat"], document["metadata"]["component"]["name"]) == ("CycloneDX", "textlab")
    assert {(one["name"], one["version"]) for one in document["components"]} == locked(LOCK)
    assert all(one["externalReferences"][0]["hashes"] for one in document["components"])
