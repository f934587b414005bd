"""Checks of workflows, images and monitoring that need neither Docker nor Azure."""

import json
import re
import shutil
import stat
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "textlab.json"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILES = [ROOT / "Dockerfile", *sorted((ROOT / "deploy").glob("*/Dockerfile"))]
# The names that Prometheus gives to the metrics of api/observing.
METRICS = {
    "textlab_requests_total",
    "textlab_request_seconds_bucket",
    "textlab_model_call_seconds_bucket",
    "textlab_batch_texts_sum",
    "textlab_batch_texts_count",
    "textlab_predictions_total",
    "textlab_feedback_total",
    "textlab_misclassification_alerts_total",
    "textlab_model_version",
    "textlab_texts_waiting",
    "textlab_recording_dropped_total",
    "textlab_version_switched_off_total",
}
# The gauges that `python -m textlab monitor` writes.
MONITORING_METRICS = {"textlab_monitoring_drift", "textlab_monitoring_look_timestamp_seconds"}


def document(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_more_permissions_than_it_needs(path):
    workflow = document(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    writing = {
        (name, right)
        for name, job in workflow["jobs"].items()
        for right, level in job.get("permissions", {}).items()
        if level == "write"
    }
    allowed = {("image", "packages"), ("deploy", "id-token"), ("pages", "pages"), ("pages", "id-token")}
    assert writing <= allowed | {("publish", "contents")}


def test_make_targets_of_the_workflows_exist():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for path in WORKFLOWS for name in re.findall(r"run: make (\S+)", path.read_text(encoding="utf-8"))}
    assert (
        {"test", "test-slow", "lock-check", "lint-delivery", "docs", "dist", "sbom", "audit"} <= named <= set(targets)
    )


def test_dockerignore_lets_through_every_file_that_an_image_copies():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for dockerfile in DOCKERFILES:
        copied = re.findall(r"^COPY (?!--)(\S+) ", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
        assert copied
        for source in copied:
            path = Path(source)
            assert (ROOT / path).exists()
            assert {f"!{place}" for place in (path, *path.parents)} & set(ignored), source


def test_every_dockerfile_is_built_in_ci():
    built = document(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["images"]["strategy"]["matrix"]["dockerfile"]
    assert {ROOT / name for name in built} == set(DOCKERFILES)


def test_only_the_job_that_publishes_a_release_may_write_to_the_repository_and_it_runs_no_code_of_the_repository():
    release = document(ROOT / ".github" / "workflows" / "release.yml")
    assert release["permissions"] == {}
    publish = release["jobs"]["publish"]
    assert not [step for step in publish["steps"] if "checkout" in step.get("uses", "")]
    assert publish["needs"] == "build"
    assert release["jobs"]["build"]["needs"] == "test"


def test_make_lint_delivery_checks_every_dockerfile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"hadolint (Dockerfile.*)", makefile)[0].split()
    assert {ROOT / name for name in named} == set(DOCKERFILES)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_has_a_pinned_base_installs_locked_libraries_and_runs_without_privileges(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"python:3.11.15-slim-bookworm"}
    assert text.count("pip install") == text.count("--require-hashes")
    assert text.rindex("USER 10001") > text.rindex("RUN ")


@pytest.mark.parametrize("image", ["airflow", "training"])
def test_an_image_with_torch_installs_the_makefiles_wheel_of_it(image):
    names = ("TORCH_CPU_WHEEL", "https://download.pytorch.org/whl/cpu/torch/")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    dockerfile = (ROOT / "deploy" / image / "Dockerfile").read_text(encoding="utf-8")
    (wheel,) = re.findall(rf"^{names[0]} := (\w+)", makefile, re.MULTILINE)
    assert f"ARG {names[0]}={wheel}" in dockerfile
    assert names[1] in makefile
    assert names[1] in dockerfile
    (version,) = set(re.findall(r"torch==([\d.]+)", makefile))
    assert f"torch=={version} --hash" in dockerfile


def test_the_service_runs_without_privileges():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert dockerfile.rindex("USER 10001") > dockerfile.rindex("RUN ")
    assert "HEALTHCHECK" in dockerfile
    api = document(COMPOSE)["services"]["api"]
    assert api["read_only"] is True
    assert api["cap_drop"] == ["ALL"]


def test_services_of_compose_listen_only_on_this_machine():
    services = document(COMPOSE)["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_contains_no_password_and_every_mounted_folder_exists():
    for service in document(COMPOSE)["services"].values():
        for name, value in service.get("environment", {}).items():
            assert "PASSWORD" not in name or value.startswith("${"), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./deploy") or (ROOT / source).exists()


def expressions():
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    rules = document(ALERTS)["groups"][0]["rules"]
    return [target["expr"] for panel in panels for target in panel["targets"]] + [rule["expr"] for rule in rules]


def test_dashboard_and_alerts_use_exactly_the_metrics_of_the_service():
    used = {name for expression in expressions() for name in re.findall(r"textlab_\w+", expression)}
    assert used == METRICS | MONITORING_METRICS
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "api" / "observing").glob("*.py"))
    for name in METRICS:
        assert f'{re.sub("^textlab_|_(total|bucket|sum|count)$", "", name)}"' in source
    gauges = (ROOT / "src" / "textlab" / "monitoring" / "gauges.py").read_text(encoding="utf-8")
    assert all(f'"{name.removeprefix("textlab_monitoring_")}"' in gauges for name in MONITORING_METRICS)


def test_panels_do_not_overlap():
    cells = [
        (x, y)
        for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


RULE_TESTS = """
rule_files: [{alerts}]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {{series: 'textlab_misclassification_alerts_total', values: '0x20 1x40'}}
      - {{series: 'up{{job="textlab"}}', values: '1x10 0x50'}}
      - {{series: 'textlab_requests_total{{route="/predict",status="200"}}', values: '0+98x60'}}
      - {{series: 'textlab_requests_total{{route="/predict",status="503"}}', values: '0+2x60'}}
      - {{series: 'textlab_monitoring_drift{{model="sentiment",version="3"}}', values: '0x20 1x40'}}
    alert_rule_test:
      - {{eval_time: 4m, alertname: PredictionsRejected, exp_alerts: []}}
      - eval_time: 6m
        alertname: PredictionsRejected
        exp_alerts:
          - exp_labels: {{severity: page}}
            exp_annotations: {rejected}
      - {{eval_time: 3m, alertname: ServiceDown, exp_alerts: []}}
      - eval_time: 6m
        alertname: ServiceDown
        exp_alerts:
          - exp_labels: {{severity: page, job: textlab}}
            exp_annotations: {down}
      - {{eval_time: 4m, alertname: RequestsFail, exp_alerts: []}}
      - eval_time: 10m
        alertname: RequestsFail
        exp_alerts:
          - exp_labels: {{severity: page}}
            exp_annotations: {fail}
      - {{eval_time: 4m, alertname: TrafficMoved, exp_alerts: []}}
      - eval_time: 6m
        alertname: TrafficMoved
        exp_alerts:
          - exp_labels: {{severity: ticket, model: sentiment, version: "3"}}
            exp_annotations: {moved}
"""


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (Debian: prometheus)")
def test_alerts_fire_when_they_should_and_not_before(tmp_path):
    annotations = {rule["alert"]: json.dumps(rule["annotations"]) for rule in document(ALERTS)["groups"][0]["rules"]}
    tests = RULE_TESTS.format(
        alerts=ALERTS,
        rejected=annotations["PredictionsRejected"],
        down=annotations["ServiceDown"],
        fail=annotations["RequestsFail"],
        moved=annotations["TrafficMoved"],
    )
    (tmp_path / "tests.yml").write_text(tests, encoding="utf-8")
    done = subprocess.run(["promtool", "test", "rules", tmp_path / "tests.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class Answers(BaseHTTPRequestHandler):
    """A service that is ready and answers with its server's `document`."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.document)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(("document", "code"), [(b'{"predictions": [{"probabilities": {}}]}', 0), (b"<html>", 1)])
@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_smoke_test_fails_without_a_prediction(document, code):
    script = ROOT / "deploy" / "smoke_test.sh"
    assert script.stat().st_mode & stat.S_IXUSR
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.document = document
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run([script, f"http://127.0.0.1:{server.server_port}", "5"], capture_output=True, timeout=30)
        server.shutdown()
    assert done.returncode == code
