"""What tests read of deploy/kubernetes."""

import shutil
import subprocess
from pathlib import Path

import yaml

KUBERNETES = Path(__file__).resolve().parents[1] / "deploy" / "kubernetes"


def built(part):
    """The manifests that kustomize builds of a folder."""
    command = [shutil.which("kubectl"), "kustomize", KUBERNETES / part]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


def requests_a_second(pods):
    """The query by which the Prometheus Adapter asks for the metric of the autoscaler, as it fills the template."""
    (rule,) = yaml.safe_load((KUBERNETES / "prometheus" / "adapter.yaml").read_text())["rules"]["custom"]
    values = {
        "<<.GroupBy>>": "pod",
        "<<.Series>>": rule["seriesQuery"].partition("{")[0],
        "<<.LabelMatchers>>": f'namespace="textlab",pod=~"{"|".join(pods)}"',
    }
    query = rule["metricsQuery"]
    for placeholder, value in values.items():
        assert placeholder in query
        query = query.replace(placeholder, value)
    return query
