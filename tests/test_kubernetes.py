"""The manifests of deploy/kubernetes, built by kustomize: what is allowed, and what must fit the service."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from manifests import KUBERNETES, built, requests_a_second

ROOT = KUBERNETES.parents[1]
PARTS = ("overlays/one-node", "overlays/cloud", "grid", "promote")
OVERLAYS = PARTS[:2]
WORKLOADS = {
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}

needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl, which builds the manifests")


@pytest.fixture(scope="module")
def manifests():
    return {part: built(part) for part in PARTS}


def template(workload):
    for name in WORKLOADS[workload["kind"]]:
        workload = workload[name]
    return workload


def of_kind(documents, kind):
    return [each for each in documents if each["kind"] == kind]


def pods(documents):
    return [template(each) for each in documents if each["kind"] in WORKLOADS]


def only(documents, kind, name="api"):
    (found,) = [each for each in of_kind(documents, kind) if each["metadata"]["name"] == name]
    return found


@needs_kubectl
@pytest.mark.parametrize("part", PARTS)
def test_no_pod_has_rights_or_unlimited_resources_or_a_floating_image(manifests, part):
    assert pods(manifests[part])
    for pod in pods(manifests[part]):
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False, "TEXTLAB_API_PORT of a service link would end the service's start"
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC"}
        assert all(set(volume) & {"persistentVolumeClaim", "secret", "emptyDir"} for volume in spec["volumes"])
        for container in spec["containers"]:
            assert re.fullmatch(r"[\w./-]+/[\w-]+(:\d+\.\d+\.\d+|@sha256:[0-9a-f]{64})", container["image"])
            for amounts in ("requests", "limits"):
                assert container["resources"][amounts].keys() == {"cpu", "memory", "ephemeral-storage"}
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is context["privileged"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}


@needs_kubectl
@pytest.mark.parametrize("part", PARTS)
def test_the_repository_holds_no_secret_and_no_pod_names_a_volume_that_is_missing(manifests, part):
    assert not of_kind(manifests[part], "Secret")
    claims = {each["metadata"]["name"] for each in of_kind(manifests["overlays/cloud"], "PersistentVolumeClaim")}
    for pod in pods(manifests[part]):
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        named = {
            volume["persistentVolumeClaim"]["claimName"]
            for volume in volumes.values()
            if len(volume) > 1 and "persistentVolumeClaim" in volume
        }
        assert named <= claims
        for container in pod["spec"]["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
            for variable in container.get("env", []):
                assert not re.search("PASSWORD|TOKEN|CONNECTION", variable["name"]) or "valueFrom" in variable


@needs_kubectl
@pytest.mark.parametrize("part", OVERLAYS)
def test_selectors_find_the_pods_of_the_service_alone(manifests, part):
    documents = manifests[part]
    labels = only(documents, "Deployment")["spec"]["template"]["metadata"]["labels"]
    selectors = [
        only(documents, "Deployment")["spec"]["selector"]["matchLabels"],
        only(documents, "Service")["spec"]["selector"],
        only(documents, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        only(documents, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector == labels for selector in selectors)
    (laboratory,) = [pod for pod in pods(documents) if pod["metadata"]["labels"] != labels]
    assert (
        only(documents, "NetworkPolicy", "laboratory")["spec"]["podSelector"]["matchLabels"]
        == (laboratory["metadata"]["labels"])
    )


@needs_kubectl
@pytest.mark.parametrize("part", OVERLAYS)
def test_the_network_is_closed_but_for_named_peers(manifests, part):
    policies = of_kind(manifests[part], "NetworkPolicy")
    denied = only(manifests[part], "NetworkPolicy", "default-deny")["spec"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in policies:
        for rule in policy["spec"].get("ingress", []):
            assert rule["from"]
            assert rule["ports"] == [{"protocol": "TCP", "port": 8000}]
        for rule in policy["spec"].get("egress", []):
            assert rule["to"]
            assert rule["ports"]
            for peer in rule["to"]:
                private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}
                assert "ipBlock" not in peer or private <= set(peer["ipBlock"]["except"])


@needs_kubectl
@pytest.mark.parametrize("part", OVERLAYS)
def test_the_service_accepts_its_settings_and_each_replica_serves_the_same_version(manifests, part):
    from api.settings import from_environment

    (configuration,) = of_kind(manifests[part], "ConfigMap")
    settings = from_environment(configuration["data"])
    assert settings.version.isdecimal(), "a name such as champion could mean another version at each start"
    assert settings.earlier_counts is settings.open is False
    (container,) = only(manifests[part], "Deployment")["spec"]["template"]["spec"]["containers"]
    mounts = {Path(mount["mountPath"]): mount.get("readOnly", False) for mount in container["volumeMounts"]}
    assert mounts[settings.model.parent]
    assert not mounts[settings.state.parent]
    assert mounts[settings.keys_file.parent]
    assert mounts[Path(configuration["data"]["TEXTLAB_SEAL_KEYS_FILE"]).parent]
    assert container["envFrom"] == [{"configMapRef": {"name": configuration["metadata"]["name"]}}]
    assert re.fullmatch("api-[a-z0-9]{10}", configuration["metadata"]["name"]), "a change must restart the replicas"


@needs_kubectl
@pytest.mark.parametrize("part", OVERLAYS)
def test_a_replica_has_time_to_leave_and_its_successor_is_ready_before(manifests, part, monkeypatch):
    from api import gunicorn_settings

    deployment = only(manifests[part], "Deployment")["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    spec = deployment["template"]["spec"]
    (container,) = spec["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pause + gunicorn_settings.graceful_timeout < spec["terminationGracePeriodSeconds"]
    health = (ROOT / "api" / "endpoints" / "health.py").read_text()
    for probe, path in {"startupProbe": "ready", "readinessProbe": "ready", "livenessProbe": "live"}.items():
        assert container[probe]["httpGet"] == {"path": f"/health/{path}", "port": "http"}
        assert f'@blueprint.get("/health/{path}")' in health


@needs_kubectl
def test_one_node_has_two_replicas_and_the_cloud_scales_on_requests(manifests):
    node, cloud = (manifests[part] for part in OVERLAYS)
    assert only(node, "Deployment")["spec"]["replicas"] == 2
    assert not of_kind(node, "HorizontalPodAutoscaler")
    assert "replicas" not in only(cloud, "Deployment")["spec"], "each apply would undo the autoscaler's number"
    scaler = only(cloud, "HorizontalPodAutoscaler")["spec"]
    assert scaler["minReplicas"] >= 2
    (rule,) = yaml.safe_load((KUBERNETES / "prometheus" / "adapter.yaml").read_text())["rules"]["custom"]
    assert [each["pods"]["metric"]["name"] for each in scaler["metrics"]] == [rule["name"]["as"]]
    for documents, mode in ((node, "ReadWriteOnce"), (cloud, "ReadWriteMany")):
        for claim in of_kind(documents, "PersistentVolumeClaim"):
            assert claim["spec"]["accessModes"] == [mode]


@needs_kubectl
def test_jobs_give_commands_and_options_that_exist(manifests):
    import typer

    from textlab.__main__ import app

    commands = typer.main.get_command(app).commands
    script = (ROOT / "deploy" / "training" / "retrain.sh").read_text()
    named = dict(re.findall(r"-m textlab (\w+) (.*)", script))
    named["promote"] = " ".join(pods(manifests["promote"])[0]["spec"]["containers"][0]["command"][4:])
    (cron,) = of_kind(manifests["overlays/cloud"], "CronJob")
    command = template(cron)["spec"]["containers"][0]["command"]
    assert (ROOT / Path(command[0]).relative_to("/app")).stat().st_mode & 0o111
    named["retrain"] += " ".join(command[3:])
    for name, line in named.items():
        options = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[\w-]+", line)) <= options, name
    (grid,) = pods(manifests["grid"])
    assert all((ROOT / path).exists() for path in grid["spec"]["containers"][0]["command"][1:])


COUNTS = [  # namespace, pod, route, requests in 15 seconds
    ("textlab", "a", "/predict", 1500),
    ("textlab", "a", "/feedback", 150),
    ("textlab", "a", "/health/ready", 3000),
    ("textlab", "b", "/metrics", 15),
    ("textlab", "b", "/predict", 30),
    ("other", "a", "/predict", 9000),
]


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (Debian: prometheus)")
def test_the_metric_of_the_autoscaler_counts_requests_of_clients_by_pod(tmp_path):
    name = 'textlab_requests_total{{namespace="{}",pod="{}",route="{}"}}'
    series = [{"series": name.format(*labels), "values": f"0+{count}x20"} for *labels, count in COUNTS]
    samples = [{"labels": '{pod="a"}', "value": 110}, {"labels": '{pod="b"}', "value": 2}]
    expected = {"expr": requests_a_second(["a", "b"]), "eval_time": "4m", "exp_samples": samples}
    test = {"interval": "15s", "input_series": series, "promql_expr_test": [expected]}
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [test]}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the script runs in a Linux image, with GNU date")
@pytest.mark.parametrize(
    ("look", "gate", "trains", "code"),
    [(0, 0, False, 0), (3, 0, True, 0), (3, 4, True, 0), (3, 2, True, 2), (2, 0, False, 2)],
)
def test_the_weekly_script_trains_only_after_drift_and_fails_only_after_failures(tmp_path, look, gate, trains, code):
    """A program that notes its arguments and exits with a code stands for Python."""
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n[ "$3" = monitor ] && exit {look}\nexit {gate}\n')
    program.chmod(0o755)
    labelled = tmp_path / "data" / "labelled"
    labelled.mkdir(parents=True)
    (labelled / "new labels.csv").touch()
    command = [ROOT / "deploy" / "training" / "retrain.sh", "sentiment", "experiments/demo.yaml", "--until", "gate"]
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert re.fullmatch(r"-m textlab monitor --name sentiment --since 7d --until \d{4}-\d\d-\d\d --json", calls[0])
    assert len(calls) == 1 + trains
    if trains:
        assert calls[1].endswith("--json --until gate --labelled=data/labelled/new labels.csv")
        assert f"--id week-{calls[0].split()[-2]}" in calls[1]


def test_every_kustomization_is_checked():
    checked = (KUBERNETES / "check.py").read_text()
    (listed,) = re.findall(r"BUILT = \((.*)\)", checked)
    assert tuple(re.findall('"(.*?)"', listed)) == PARTS
    folders = {path.parent.relative_to(KUBERNETES).as_posix() for path in KUBERNETES.rglob("kustomization.yaml")}
    assert folders == {*PARTS, "base", "laboratory"}
