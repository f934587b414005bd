"""A grid on a real Ray cluster of several nodes on this machine, its results in a real MLflow server."""

import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.runner.executing.cluster import Cluster

UNUSED = "127.0.0.1:9"  # the port of a service that nobody offers any more


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (UNUSED, f"--address {UNUSED}: nothing answers there"),
        ("head", "--address head is not of the form host:port"),
        ("head:", "--address head: is not of the form host:port"),
    ],
)
def test_address_without_a_cluster_is_a_short_error(monkeypatch, address, message):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    with pytest.raises(ValueError, match=message):
        Cluster(address)


def test_store_that_only_one_machine_can_write_is_refused(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    with pytest.raises(ValueError, match=r"several machines cannot write into the SQLite store.*MLflow server"):
        Cluster(UNUSED)


def wait_for(folder, pattern, count):
    deadline = time.monotonic() + 300
    while len(list(folder.glob(pattern))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_grid_is_finished_although_a_node_is_killed(notebooks, run, mlflow_server, tmp_path, monkeypatch):
    import ray
    from ray.cluster_utils import Cluster as Nodes

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.address)
    notebooks(
        "10_waits",
        f"""import os, pathlib, time, uuid
folder = pathlib.Path({str(tmp_path)!r})
(folder / f"began-{{seed}}-{{os.getpid()}}").touch()
while not (folder / "go").exists(): time.sleep(0.1)""",
        "import mlflow\nwith mlflow.start_run(): mlflow.log_metric('answer', seed)",
    )
    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1})
    lost = nodes.add_node(num_cpus=1)
    cluster = Cluster(nodes.address)
    assert cluster.cores == 2

    try:
        with ThreadPoolExecutor() as pool:
            grid = pool.submit(run, "10_waits", seeds=(0, 1), jobs=2, cluster=cluster)
            try:
                wait_for(tmp_path, "began-*", 2)
                nodes.remove_node(lost, allow_graceful=False)
                nodes.add_node(num_cpus=1)  # from the main thread alone, as Ray sets handlers of signals
                wait_for(tmp_path, "began-*", 3)
            finally:
                (tmp_path / "go").touch()
            outcomes, heard = grid.result()
    finally:
        cluster.close()
        nodes.shutdown()
    assert not ray.is_initialized()
    assert [outcome.status for outcome in outcomes] == ["done", "done"]
    assert {number for _, number, *_ in heard} == {1, 2, 3, 4}
    client = MlflowClient(mlflow_server.address)
    for outcome in outcomes:
        run_of = client.get_run(outcome.run_id)
        assert run_of.data.metrics == {"answer": outcome.cell.parameters["seed"]}
        assert outcome.notebook.exists()
    statuses = sorted(each.status for each in record.all_runs("g"))
    assert statuses == ["died", "done", "done"]
    kernels = [int(path.name.rpartition("-")[2]) for path in tmp_path.glob("began-*")]
    assert not any(psutil.pid_exists(kernel) for kernel in kernels)
