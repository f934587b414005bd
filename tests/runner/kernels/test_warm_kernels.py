"""Notebooks are executed for real, in kernels forked from a warm process."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from textlab.runner.kernels import warm_process
from textlab.runner.kernels.framework import framework
from textlab.runner.kernels.job import SAVE_SIGNAL
from textlab.runner.kernels.processes import kill_tree
from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.notebook import read_notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


def write(folder, *sources):
    """A notebook with these cells."""
    path = folder / "notebook.ipynb"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(new_notebook(cells=[new_code_cell(each) for each in sources], metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture
def warm(warm_kernels, tmp_path):
    """The address of a warm process."""
    return warm_kernels.address(read_notebook(write(tmp_path, "1")))


class Execution:
    """A notebook that is executing, as the runner sees it."""

    def __init__(self, folder, sources, warm, environment, **more):
        self.output = folder / "executed.ipynb"
        job = {"notebook": str(write(folder, *sources)), "output": str(self.output), "parameters": {}, "warm": warm}
        reading, writing = os.pipe()
        self.complaints = folder / "complaints"
        with self.complaints.open("w") as complaints:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "textlab.runner.kernels.kernel", json.dumps(job | {"events": writing} | more)],
                pass_fds=(writing,),
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=os.environ | environment,
                cwd=folder,
            )
        os.close(writing)
        self.events = os.fdopen(reading)

    def ended(self):
        """Wait for the end; returns the exit code, the last event, the printed text and the outputs."""
        with self.events:
            events = [json.loads(line) for line in self.events]
        code = self.process.wait()
        cells = nbformat.read(self.output, as_version=4).cells if self.output.exists() else []
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        text = "".join(output.text for output in outputs if output.get("name") == "stdout")
        return SimpleNamespace(code=code, event=events[-1] if events else None, text=text, outputs=outputs)


@pytest.fixture
def start(tmp_path, warm):
    """Start to execute code cells in a warm kernel, or in one of another address."""

    def begin(*sources, warm=warm, environment=None, **more):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        return Execution(folder, sources, warm, environment or {}, **more)

    return begin


@pytest.fixture
def run(start):
    """Execute code cells in a warm kernel, or in one of another address."""
    return lambda *sources, **settings: start(*sources, **settings).ended()


def appeared(path):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.05)  # the file may exist and still be empty
    return path.read_text()


def gone(*processes):
    """Wait until these processes, given by number, have ended; returns whether they have."""
    deadline = time.monotonic() + 100
    while any(psutil.pid_exists(each) and psutil.Process(each).status() != psutil.STATUS_ZOMBIE for each in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


IS_WARM = "import sys; print('papermill' in sys.modules)"
SLEEPS = "import time; time.sleep(600)"


def saying(path, what="os.getpid()"):
    return f"import os, pathlib; pathlib.Path({str(path)!r}).write_text(str({what}))"


STATE = """
import gc, json, os, random, signal, sys, threading
import numpy
mpl = sys.modules.get("matplotlib")
print(json.dumps({
    "folder": os.path.basename(os.path.dirname(os.getcwd())), "path": sys.path, "name": __name__,
    "arguments": [os.path.basename(sys.argv[0]), len(sys.argv)],
    "environment": {k: v for k, v in os.environ.items() if k not in ("JPY_PARENT_PID", "PWD", "OLDPWD")},
    "signals": [str(signal.getsignal(n)).split(" at ")[0] for n in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)],
    "threads": sorted(thread.name for thread in threading.enumerate()), "collects": gc.isenabled(),
    "session": os.getsid(0) == os.getpid() == os.getpgid(0), "textlab": [n for n in sys.modules if "textlab" in n],
    "descriptors": sum("socket" not in os.readlink(f"/proc/self/fd/{n}") for n in range(3)),
    "standard input": sys.stdin.read() if sys.stdin else None, "main": sys.modules["__main__"].__name__,
}))
"""


def test_warm_kernel_starts_in_the_same_state_as_a_plain_one(run):
    assert run(IS_WARM).text == "True\n"
    assert run(IS_WARM, warm=None).text == "False\n"
    warm, plain = json.loads(run(STATE).text), json.loads(run(STATE, warm=None).text)
    assert warm == plain


def test_notebook_finds_nothing_of_the_one_before(run, tmp_path):
    soil = "import os, sys, numpy; os.environ['SOIL'] = '1'; sys.soil = numpy.soil = soil = 1; os.chdir('/')"
    look = "import os, sys, numpy; print('SOIL' in os.environ, hasattr(sys, 'soil') or hasattr(numpy, 'soil'))"
    assert run(soil).code == 0
    found = run(look, f"print('soil' in globals(), os.getcwd().startswith({str(tmp_path)!r}))")
    assert found.text == "False False\nFalse True\n"


def test_unseeded_random_numbers_differ_between_notebooks(run):
    draw = "import random, numpy, uuid; print(random.random()); print(numpy.random.rand()); print(uuid.uuid4())"
    first, second = run(draw).text.split(), run(draw).text.split()
    assert all(one != other for one, other in zip(first, second, strict=True))


def test_numbers_are_identical_to_those_of_a_plain_kernel(run):
    compute = """
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
np.random.seed(0)
x = np.random.rand(300, 40); y = (x[:, 0] + x[:, 1] > 1).astype(int)
print(repr(np.linalg.svd(x @ x.T)[1].sum()))
print(LogisticRegression().fit(x, y).coef_.tobytes().hex())
print(RandomForestClassifier(20).fit(x[:200], y[:200]).predict_proba(x[200:]).tobytes().hex())
"""
    environment = {"OMP_NUM_THREADS": "2"}
    assert run(compute, environment=environment).text == run(compute, environment=environment, warm=None).text


KERAS = """
import keras, numpy as np
keras.utils.set_random_seed(3)
model = keras.Sequential([keras.layers.Embedding(50, 8), keras.layers.LSTM(8), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.random.randint(0, 50, (64, 10)), np.random.rand(64), batch_size=8, verbose=0)
print([weights.tobytes().hex() for weights in model.get_weights()])
"""
TORCH = """
import torch
torch.manual_seed(3)
model = torch.nn.LSTM(8, 8)
optimiser = torch.optim.AdamW(model.parameters())
for _ in range(5):
    loss = model(torch.randn(10, 4, 8))[0].square().mean()
    optimiser.zero_grad(); loss.backward(); optimiser.step()
print([weights.detach().numpy().tobytes().hex() for weights in model.parameters()])
"""
UNSEEDED = {
    KERAS: "import keras, tensorflow as tf; print(tf.random.normal([]).numpy(), keras.random.normal([1]).numpy())",
    TORCH: "import torch; print(torch.rand(()).item(), torch.initial_seed())",
}


@pytest.mark.slow
@pytest.mark.parametrize("train", [KERAS, TORCH], ids=["keras", "torch"])
def test_training_gives_the_numbers_of_a_plain_kernel(run, tmp_path, train):
    notebook = read_notebook(write(tmp_path, train))
    with WarmKernels([notebook]) as kernels:
        address = kernels.address(notebook)
        assert address.endswith(framework(notebook))
        trained = run(train, warm=address)
        drawn = [run(UNSEEDED[train], warm=address).text for _ in range(2)]
    assert trained.text == run(train, warm=None).text != ""
    assert drawn[0] != drawn[1]


def test_number_of_threads_follows_the_environment_of_the_job(run):
    ask = """
import numpy, scipy.linalg, sklearn.metrics, threadpoolctl, pyarrow
print({pool["num_threads"] for pool in threadpoolctl.threadpool_info()}, pyarrow.cpu_count())
"""
    for number in ("3", "5"):
        environment = {"OMP_NUM_THREADS": number, "OPENBLAS_NUM_THREADS": number}
        assert run(ask, environment=environment).text == f"{{{number}}} {number}\n"


@pytest.mark.slow
def test_job_with_other_variables_for_python_itself_gets_a_plain_kernel(run):
    found = run(IS_WARM, "print(hash('a'))", environment={"PYTHONHASHSEED": "1"})
    assert found.text.startswith("False\n")
    assert found.text == run(IS_WARM, "print(hash('a'))", environment={"PYTHONHASHSEED": "1"}, warm=None).text


def test_limits_of_the_job_hold_in_the_kernel(start):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = before[0] - 1  # a low limit would stop pytest itself, which holds many files open after other tests
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, before[1]))
    try:
        execution = start("import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert execution.ended().text == f"{limit}\n"


def test_figure_is_shown_without_a_call_of_show(run, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # importing Streamlit sets it
    found = run("import matplotlib.pyplot as plt; _ = plt.plot([1, 2])")
    assert [next(iter(output.data)) for output in found.outputs] == ["image/png"]


def test_functions_registered_with_atexit_are_called(run, tmp_path):
    register = f"import atexit, pathlib; atexit.register(lambda: pathlib.Path({str(tmp_path / 'end')!r}).touch())"
    assert run(register).code == 0
    assert (tmp_path / "end").exists()


def test_killed_kernel_is_noticed_and_its_notebook_is_kept(start):
    execution = start("print('before')", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    ended = execution.ended()
    assert ended.code == 1
    assert ended.event["status"] == "died"
    assert ended.text == "before\n"


def test_error_outside_the_notebook_is_reported_as_with_a_plain_kernel(start, tmp_path, warm):
    last_lines = []
    for address in (warm, None):
        execution = start("1", warm=address, output=str(tmp_path / "missing" / "executed.ipynb"))
        assert execution.ended().code == 1
        last_lines.append(execution.complaints.read_text().splitlines()[-1])
    assert last_lines[0] == last_lines[1]
    assert "missing" in last_lines[0]


@pytest.mark.parametrize("leave", ["import sys; sys.exit()", "import os; os._exit(0)"])
def test_notebook_that_ends_itself_early_is_not_done(run, leave):
    ended = run(leave, "raise RuntimeError('never reached')")
    assert ended.code == 1
    assert ended.event["status"] in ("failed", "died")


def test_children_of_a_notebook_are_killed_with_it_even_in_another_session(run, tmp_path):
    leave = "import subprocess; child = subprocess.Popen(['sleep', '600'], start_new_session={})"
    cells = [cell for new in (False, True) for cell in (leave.format(new), saying(tmp_path / f"{new}", "child.pid"))]
    assert run(*cells).code == 0
    assert gone(*(int(appeared(tmp_path / f"{new}")) for new in (False, True)))


def test_long_output_is_kept_whole(run):
    ended = run("for number in range(40): print('x' * 99_999)")
    assert ended.code == 0
    assert len(ended.text) == 4_000_000


@pytest.mark.slow
def test_code_cell_that_never_ends_is_stopped_and_its_notebook_is_kept(run, tmp_path):
    ended = run("print('before')", saying(tmp_path / "kernel"), SLEEPS, cell_seconds=1)
    assert ended.code == 1
    assert ended.event == {"status": "timed out", "error": "Code cell 3 ran for more than 1 seconds."}
    assert ended.text == "before\n"
    assert gone(int(appeared(tmp_path / "kernel")))


def test_running_notebook_is_saved_on_request(start, tmp_path):
    execution = start("print('before')", saying(tmp_path / "kernel"), SLEEPS)
    kernel = int(appeared(tmp_path / "kernel"))
    execution.process.send_signal(SAVE_SIGNAL)
    assert "before" in appeared(execution.output)
    kill_tree(psutil.Process(execution.process.pid))
    assert gone(kernel)


def test_kernel_ends_with_the_process_that_the_runner_started(start, tmp_path):
    execution = start(saying(tmp_path / "kernel"), SLEEPS)
    kernel = psutil.Process(int(appeared(tmp_path / "kernel")))
    executing = kernel.parent()
    execution.process.kill()
    assert gone(executing.pid, kernel.pid)


@pytest.mark.slow
def test_killed_execution_is_reported_and_leaves_no_process(start, tmp_path):
    leave = "import subprocess; child = subprocess.Popen(['sleep', '600'])"
    execution = start(leave, saying(tmp_path / "child", "child.pid"), saying(tmp_path / "kernel"), SLEEPS)
    kernel = psutil.Process(int(appeared(tmp_path / "kernel")))
    child = int(appeared(tmp_path / "child"))
    kernel.parent().kill()
    assert execution.ended().code == 1
    assert "The process that executed the notebook was killed." in execution.complaints.read_text()
    assert gone(kernel.pid, child)


@pytest.fixture
def other(tmp_path):
    """Another warm process, which a test may kill; returns its address and the process."""
    notebook = read_notebook(write(tmp_path, "1"))
    before = {child.pid for child in psutil.Process().children()}
    with WarmKernels([notebook]) as kernels:
        (process,) = [child for child in psutil.Process().children() if child.pid not in before]
        yield kernels.address(notebook), process


def test_notebook_survives_its_warm_process_and_the_next_uses_a_plain_kernel(start, run, tmp_path, other):
    address, process = other
    wait = f"while not pathlib.Path({str(tmp_path / 'go')!r}).exists(): time.sleep(0.05)"
    execution = start(IS_WARM, saying(tmp_path / "kernel"), "import time\n" + wait, "print('after')", warm=address)
    appeared(tmp_path / "kernel")
    process.kill()
    process.wait()
    (tmp_path / "go").touch()
    assert execution.ended().text == "True\nafter\n"
    assert run(IS_WARM, warm=address).text == "False\n"


def test_warm_process_and_kernels_end_when_their_runner_is_killed(tmp_path):
    notebook = write(tmp_path, saying(tmp_path / "kernel"), SLEEPS)
    runner = """
import json, os, subprocess, sys
from pathlib import Path
from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.notebook import read_notebook
notebook = read_notebook(Path(sys.argv[1]))
with WarmKernels([notebook]) as warm:
    job = {"notebook": sys.argv[1], "output": sys.argv[1] + ".out", "parameters": {}, "events": 2}
    job["warm"] = warm.address(notebook)
    subprocess.run([sys.executable, "-m", "textlab.runner.kernels.kernel", json.dumps(job)], start_new_session=True)
"""
    process = subprocess.Popen([sys.executable, "-c", runner, str(notebook)], stderr=subprocess.DEVNULL)
    appeared(tmp_path / "kernel")
    started = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert int((tmp_path / "kernel").read_text()) in started
    process.kill()
    process.wait()
    assert gone(*started)


def test_kernel_that_fails_to_start_is_started_again(run, tmp_path):
    once = f"""
import pathlib, sys
tried = pathlib.Path({str(tmp_path / "tried")!r})
if not tried.exists():
    tried.touch()
    sys.exit(1)
from ipykernel import kernelapp
kernelapp.launch_new_instance()
"""
    (tmp_path / "ipykernel_launcher.py").write_text(once)
    search_path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    ended = run("print('works')", warm=None, environment={"PYTHONPATH": search_path})
    assert (tmp_path / "tried").exists()
    assert (ended.code, ended.text) == (0, "works\n")


def test_process_with_threads_is_not_forked():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="of an import")
    thread.start()
    try:
        assert "of an import" in warm_process._unsafe()
    finally:
        stop.set()
        thread.join()


def test_no_process_starts_without_notebooks_or_where_forks_are_unsafe(tmp_path, monkeypatch):
    notebook = read_notebook(write(tmp_path, "1"))
    with WarmKernels([]) as kernels:
        assert kernels.address(notebook) is None
    monkeypatch.setattr(sys, "platform", "darwin")
    with WarmKernels([notebook]) as kernels:
        assert kernels.address(notebook) is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pandas as pd", ""),
        ("%matplotlib inline\nimport keras", "tensorflow"),
        ("from textlab.models.lstm import LSTM", "tensorflow"),
        ("from textlab.models.bert import BERT\nfrom textlab.experiment import log_experiment", "torch"),
        ("this is no Python", ""),
    ],
)
def test_framework_is_read_from_a_notebook_and_the_modules_that_it_names(tmp_path, source, expected):
    assert framework(read_notebook(write(tmp_path, source))) == expected
