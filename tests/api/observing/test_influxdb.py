"""The service's and a grid's metrics arrive in a real InfluxDB, and every query of the dashboard finds them.

Prometheus sends them by remote write to InfluxDB 1.x. The files of compose bring them into InfluxDB 2 with the same
names, and the last tests check what can be checked of these files without Docker.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack
from pathlib import Path

import promoted
import pytest
import requests
import served
import servers
import yaml

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/influxdb.json").read_text(encoding="utf-8"))
NEEDED = ("influxd", "prometheus", "prometheus-node-exporter")
MISSING = [name for name in NEEDED if not shutil.which(name)]
GRID = """
name: tiny
dataset: file:{tweets}
primary_metric: macro_recall
runs:
  - notebook: 10_logistic_regression
    parameters: {{minimum_count: 1}}
"""


def queries():
    """The queries of the dashboard by the title of their panel, with the values that Grafana would fill in."""
    filled = {"$timeFilter": "time > now() - 1h", "$__interval": "2s", "$grid": "tiny"}
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            query = target["query"]
            for variable, value in filled.items():
                query = query.replace(variable, value)
            yield panel["title"], query


def run_grid(folder):
    """Run a real grid of one cell in a laboratory of its own; return its file of gauges."""
    import pandas as pd
    from tiny_data import tiny_dataset

    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    dataset = tiny_dataset(2)
    splits = [dataset.labelled(frame).assign(split=split) for split, frame in dataset.splits()]
    pd.concat(splits).to_csv(folder / "tweets.csv", index=False)
    (folder / "tiny.yaml").write_text(GRID.format(tweets=folder / "tweets.csv"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    environment |= {"TEXTLAB_ROOT": str(folder), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    command = [sys.executable, ROOT / "run_experiments.py", folder / "tiny.yaml"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "reports/metrics/tiny.prom"


class Influx:
    """A running InfluxDB 1.x."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, query):
        answer = requests.get(f"{self.address}/query", params={"db": "textlab", "q": query, "epoch": "s"}, timeout=10)
        result = answer.json()["results"][0]
        assert "error" not in result, (query, result)
        return result.get("series", [])

    def wait_for(self, query, until, is_enough=bool):
        while not is_enough(found := self.ask(query)):
            assert time.monotonic() < until, (query, found)
            time.sleep(0.5)
        return found


def start_influx(stack, folder):
    port, inner = servers.free_port(), servers.free_port()
    (folder / "influxdb.conf").write_text(f"""
reporting-disabled = true
bind-address = "127.0.0.1:{inner}"
[meta]
  dir = "{folder}/influx/meta"
[data]
  dir = "{folder}/influx/data"
  wal-dir = "{folder}/influx/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
""")
    stack.enter_context(
        servers.running(
            ["influxd", "-config", folder / "influxdb.conf"], folder / "influx.log", env={"HOME": str(folder)}
        )
    )
    servers.wait_for(f"http://127.0.0.1:{port}/ping")
    requests.post(f"http://127.0.0.1:{port}/query", params={"q": "CREATE DATABASE textlab"}, timeout=10)
    return Influx(port)


def start_prometheus(stack, folder, influx, targets):
    port = servers.free_port()
    jobs = [
        {"job_name": name, "scrape_interval": "1s", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}], **more}
        for name, target, more in targets
    ]
    config = {"scrape_configs": jobs, "remote_write": [{"url": f"{influx.address}/api/v1/prom/write?db=textlab"}]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    stack.enter_context(servers.running(command, folder / "prometheus.log"))
    return port


def start_exporter(stack, folder, gauges):
    port = servers.free_port()
    command = ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile"]
    command += [f"--collector.textfile.directory={gauges.parent}", f"--web.listen-address=127.0.0.1:{port}"]
    stack.enter_context(servers.running(command, folder / "exporter.log"))
    return port


@pytest.mark.slow
@pytest.mark.skipif(
    bool(MISSING), reason=f"needs {', '.join(MISSING)} (Debian: influxdb prometheus prometheus-node-exporter)"
)
def test_every_query_of_the_dashboard_finds_the_metrics_of_a_real_service_and_a_real_grid(tmp_path):
    from observing.test_prometheus import signed_token

    gauges = run_grid(tmp_path)
    model = tmp_path / "models/sentiment"
    promoted.promote(promoted.write_constant_model(tmp_path / "one", [0.9, 0.1]), model / "1")
    keys, token = signed_token(tmp_path)
    access = {"jwks": keys, "jwt_issuer": "us", "jwt_audience": "textlab"}
    with ExitStack() as stack:
        service = stack.enter_context(served.serving(model, tmp_path / "service", workers=1, **access))
        influx = start_influx(stack, tmp_path)
        authorization = {"authorization": {"credentials_file": str(token)}}
        targets = [("textlab", service.port, authorization), ("grids", start_exporter(stack, tmp_path, gauges), {})]
        prometheus = start_prometheus(stack, tmp_path, influx, targets)
        until = time.monotonic() + 180
        for number in range(3):
            service.call("POST", "/predict", {"text": f"x {number}"})
            service.call("POST", "/feedback", {"text": f"x {number}", "label": "negative"})
        counted = 'SELECT last("value") FROM "textlab_feedback_total"'
        influx.wait_for(counted, until, lambda found: found and found[0]["values"][0][1] == 3)
        service.call("POST", "/predict", {"text": "one more"})  # a rate needs two points

        for title, query in queries():
            assert influx.wait_for(query, until), title
        (cells,) = influx.ask(
            'SELECT last("value") FROM "textlab_grid_cells" WHERE "grid" = \'tiny\' AND "status" = \'done\''
        )
        assert cells["values"][0][1] == 1
        recorded = re.search(r'textlab_grid_score\{.*split="test".*\} (\S+)', gauges.read_text(encoding="utf-8"))
        (score,) = influx.ask(
            'SELECT last("value") FROM "textlab_grid_score" WHERE "split" = \'test\' AND "metric" = \'macro_recall\''
        )
        assert score["values"][0][1] == float(recorded[1])
        assert influx.ask(DASHBOARD["templating"]["list"][0]["query"])[0]["values"] == [["grid", "tiny"]]

        federated = requests.get(
            f"http://127.0.0.1:{prometheus}/federate", params={"match[]": '{job="textlab"}'}, timeout=10
        ).text
        types = dict(re.findall(r"^# TYPE (textlab_\w+) (\w+)$", federated, re.MULTILINE))
        assert types["textlab_requests_total"] == "untyped", "telegraf.conf relies on it"
        assert set(types.values()) == {"untyped"}


def test_the_dashboard_uses_metrics_that_the_service_and_the_runner_write():
    used = {name for _, query in queries() for name in re.findall(r"textlab_\w+", query)}
    observing = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "api/observing").glob("*.py"))
    gauges = (ROOT / "src/textlab/runner/grid_gauges.py").read_text(encoding="utf-8")
    for name in used:
        stem = re.sub("^textlab_|_(total|sum)$", "", name)
        assert f'{{PREFIX}}{stem.removeprefix("grid_")}"' in gauges or f'{stem}"' in observing, name
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {"influxdb"}


def test_panels_of_the_dashboard_do_not_overlap():
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    squares = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(squares) == len(set(squares))
    assert max(x for x, _ in squares) < 24


def test_telegraf_stores_what_compose_starts_under_the_name_that_grafana_asks():
    telegraf = tomllib.loads((ROOT / "deploy/influxdb/telegraf.conf").read_text(encoding="utf-8"))
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    (output,) = telegraf["outputs"]["influxdb_v2"]
    started = compose["services"]["influxdb"]["environment"]
    assert output["bucket"] == started["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert output["organization"] == started["DOCKER_INFLUXDB_INIT_ORG"]
    assert output["token"] == "${INFLUX_TOKEN}"
    (source,) = yaml.safe_load(
        (ROOT / "deploy/grafana/provisioning/datasources/influxdb.yml").read_text(encoding="utf-8")
    )["datasources"]
    assert (source["url"], source["jsonData"]["dbName"]) == (output["urls"][0], output["bucket"])
    (files,) = telegraf["inputs"]["file"]
    assert (files["data_format"], files["prometheus_metric_version"]) == ("prometheus", 1)
    assert "./reports:/reports:ro" in compose["services"]["telegraf"]["volumes"]
    assert {compose["services"][name]["profiles"][0] for name in ("influxdb", "telegraf")} == {"influx"}
