"""`make lab`: JupyterLab offers the notebooks and the kernel that they need."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_the_lab_has_the_notebooks_and_their_kernel(tmp_path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lab:.*\n\t@\$\(BIN\)/jupyter (.*)$", makefile, re.MULTILINE)
    jupyter = [Path(sys.executable).with_name("jupyter"), *recipe[1].split()]
    options = ["--no-browser", "--allow-root", "--port=0", "--ServerApp.port_retries=0", "--IdentityProvider.token=key"]
    with (tmp_path / "log").open("w") as log:
        lab = subprocess.Popen([*jupyter, *options], cwd=ROOT, stdout=log, stderr=log)
    try:
        until, address = time.monotonic() + 100, None
        while address is None:
            assert lab.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until, (tmp_path / "log").read_text()
            address = re.search(r"http://(127\.0\.0\.1|localhost):[1-9]\d*", (tmp_path / "log").read_text())
            time.sleep(0.2)
        headers = {"Authorization": "token key"}
        kernels = requests.get(f"{address[0]}/api/kernelspecs", headers=headers, timeout=30).json()
        assert "python3" in kernels["kernelspecs"]
        listed = requests.get(f"{address[0]}/api/contents", headers=headers, timeout=30).json()["content"]
        assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} <= {entry["name"] for entry in listed}
    finally:
        lab.terminate()
        lab.wait(30)
