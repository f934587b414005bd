"""Start Airflow on this machine: its pages and API, its scheduler, and the process that reads the DAGs.

    make airflow PORT=8081
    .venv-airflow/bin/python deploy/airflow/start.py --port 8081

The folder .airflow (or AIRFLOW_HOME) holds what Airflow keeps: an SQLite database, logs, its secrets and the password
of the user admin. The secrets are made at the first start, and only their owner can read them. For PostgreSQL, set
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN. Any other setting of Airflow may be given as a variable, too.

Control-C stops all three pieces, and the commands that they have started.
"""

import argparse
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(os.environ.get("TEXTLAB_ROOT", Path(__file__).resolve().parents[2]))
DAGS = Path(__file__).resolve().parent / "dags"
READY_WITHIN = 300.0  # seconds
STOPPED_WITHIN = 15.0  # seconds for each of two requests; then the process is killed
USER = "admin"


def private(path: Path, content: dict[str, str]) -> dict[str, str]:
    """Return the JSON object in a file. If the file is missing, write `content`, readable for the owner only."""
    if not path.exists():
        partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        partial.touch(mode=0o600, exist_ok=False)
        partial.write_text(json.dumps(content), encoding="utf-8")
        partial.replace(path)
    return json.loads(path.read_text(encoding="utf-8"))


def settings(home: Path, host: str, port: int) -> dict[str, str]:
    """Return the environment of the three pieces. Variables that are set already have precedence."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
    ours = private(
        home / "secrets.json",
        {
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(32),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        },
    )
    private(home / "passwords.json", {USER: secrets.token_urlsafe(18)})
    return {
        **ours,
        "AIRFLOW__API__HOST": host,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "TEXTLAB_ROOT": str(ROOT),
        **os.environ,
        "AIRFLOW_HOME": str(home),
    }


def airflow(*arguments: str) -> list[str]:
    """Return a command of this environment's Airflow."""
    return [sys.executable, "-m", "airflow", *arguments]


def started(name: str, environment: dict[str, str], *arguments: str) -> psutil.Popen:
    """Start a piece in a session of its own, so that Control-C reaches this program alone."""
    log = Path(environment["AIRFLOW_HOME"]) / "logs" / f"{name}.log"
    log.touch(mode=0o600)
    with log.open("ab") as output:
        return psutil.Popen(
            airflow(name, *arguments), env=environment, stdout=output, stderr=output, start_new_session=True
        )


def is_healthy(address: str) -> bool:
    """Return whether the API answers and has heard from the scheduler and the DAG processor."""
    try:
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def wait(pieces: dict[str, psutil.Popen], address: str, logs: Path) -> None:
    """Wait until all pieces are healthy, say so, and go on until one ends.

    Raises:
        RuntimeError: a piece has ended, or they do not become healthy.
    """
    ready, until = False, time.monotonic() + READY_WITHIN
    while True:
        for name, piece in pieces.items():
            if piece.poll() is not None:
                raise RuntimeError(f"Airflow's {name} has ended. {logs / name}.log says why.")
        if not ready and is_healthy(address):
            ready = True
            passwords = logs.parent / "passwords.json"
            print(f"Airflow answers at {address}. The user is {USER}; {passwords} holds the password.")
            print("New DAGs are paused: switch them on there. Control-C stops Airflow.", flush=True)
        if not ready and time.monotonic() > until:
            raise RuntimeError(f"Airflow was not ready within {READY_WITHIN:.0f} s. The files in {logs} say why.")
        time.sleep(0.5)


def stop(pieces: list[psutil.Popen]) -> None:
    """Stop the pieces and everything that they have started."""
    family = list(pieces)
    for piece in pieces:
        if piece.is_running():
            family += piece.children(recursive=True)
    for piece in pieces:
        if piece.is_running():
            piece.terminate()
    _, alive = psutil.wait_procs(family, timeout=STOPPED_WITHIN)
    for process in alive:
        process.terminate()
    _, alive = psutil.wait_procs(alive, timeout=STOPPED_WITHIN)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Start the pieces, wait for Control-C, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, default=8080)
    options = parser.parse_args()
    home = Path(os.environ.get("AIRFLOW_HOME", ROOT / ".airflow")).resolve()
    environment = settings(home, options.host, options.port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    pieces: dict[str, psutil.Popen] = {}
    try:
        subprocess.run(airflow("db", "migrate"), env=environment, check=True, stdout=subprocess.DEVNULL)
        for name, arguments in {
            "api-server": ("--host", options.host, "--port", str(options.port), "--workers", "1"),
            "scheduler": ("--skip-serve-logs",),  # the log server would listen on all addresses
            "dag-processor": (),
        }.items():
            pieces[name] = started(name, environment, *arguments)
        wait(pieces, f"http://127.0.0.1:{options.port}", home / "logs")
    except KeyboardInterrupt:
        print("Stopping Airflow.", flush=True)
        return 0
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stop(list(pieces.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
