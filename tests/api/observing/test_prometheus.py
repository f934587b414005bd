"""A real Prometheus scrapes a running service, with the configuration in deploy/prometheus/ except for the key.

Prometheus sends the header X-API-Key from 2.55 on; a bearer token replaces it here, so that older versions work too.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path

import promoted
import pytest
import requests
import served
import yaml
from manifests import requests_a_second

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "prometheus"


def signed_token(folder):
    """A key set in a file, and a token of an admin that is signed with its key."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "one", "alg": "ES256"}
    (folder / "keys.json").write_text(json.dumps({"keys": [public]}))
    claims = {"iss": "us", "aud": "textlab", "sub": "prometheus", "exp": int(time.time()) + 600, "roles": ["admin"]}
    (folder / "token").write_text(jwt.encode(claims, key, algorithm="ES256", headers={"kid": "one"}))
    return folder / "keys.json", folder / "token"


def configuration(folder, port, token):
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    job = config["scrape_configs"][0]
    assert set(job.pop("http_headers")) == {"X-API-Key"}
    job |= {"authorization": {"credentials_file": str(token)}, "scrape_interval": "1s"}
    job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"], "labels": {"namespace": "textlab", "pod": "api-1"}}]
    config["rule_files"] = [str(FOLDER / "alerts.yml")]
    config["global"]["evaluation_interval"] = "1s"
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    return folder / "prometheus.yml"


def ask(port, query, until):
    """The first result of a query that is not empty."""
    while time.monotonic() < until:
        try:
            answer = requests.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": query}, timeout=5).json()
            if answer["data"]["result"]:
                return answer["data"]["result"]
        except requests.ConnectionError:
            pass
        time.sleep(0.3)
    raise TimeoutError(query)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Prometheus (Debian: prometheus)")
def test_prometheus_counts_rejections_and_the_alert_they_raise(tmp_path):
    model = tmp_path / "models/sentiment"
    promoted.promote(promoted.write_constant_model(tmp_path / "one", [0.9, 0.1]), model / "1")
    keys, token = signed_token(tmp_path)
    access = {"jwks": keys, "jwt_issuer": "us", "jwt_audience": "textlab"}
    with served.serving(model, tmp_path / "service", workers=1, **access) as service:
        port = served.free_port()
        command = ["prometheus", f"--config.file={configuration(tmp_path, service.port, token)}"]
        command += [f"--storage.tsdb.path={tmp_path / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}"]
        with (tmp_path / "log").open("w") as log:
            prometheus = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 120
            service.call("POST", "/feedback", {"text": "x", "label": "negative"})  # creates the counters
            ask(port, "textlab_feedback_total", until)
            for number in range(3):
                service.call("POST", "/feedback", {"text": f"x {number}", "label": "positive"})
            counted = ask(port, 'sum(textlab_feedback_total{outcome="rejected"}) == 3', until)
            assert counted[0]["value"][1] == "3"
            assert ask(port, "textlab_misclassification_alerts_total == 1", until)
            assert ask(port, "max(textlab_model_version) == 1", until)
            (scaled,) = ask(port, requests_a_second(["api-1", "api-2"]) + " > 0", until)
            assert scaled["metric"] == {"pod": "api-1"}
        finally:
            prometheus.terminate()
            prometheus.wait(30)
