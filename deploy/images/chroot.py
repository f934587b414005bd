"""Runs programs in a folder as in a container, with its own root, mounts, processes and, if wanted, network.

All mounts live in a namespace of their own and end with the program, so that no mount is left in the folder.
"""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]


def run_as_root(root: Path, shell_command: str, folder: str, environment: Mapping[str, str]) -> None:
    """Execute a RUN line. It sees this machine's name servers and pip's configuration, as a builder's network would do.

    Raises:
        subprocess.CalledProcessError: The command failed.
    """
    shared = [Path("/etc/resolv.conf"), *_pip_places()]
    made = [place for path in shared for place in _mount_point(root, path)]
    mounts = [f"mount --bind {shlex.quote(str(path))} {shlex.quote(f'{root}{path}')}" for path in shared]
    inside = shlex.join(["chroot", str(root), "/bin/sh", "-c", f"cd {shlex.quote(folder)} && {shell_command}"])
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    script = " && ".join([f"mount -t proc proc {shlex.quote(str(root))}/proc", *mounts, f"exec {inside}"])
    try:
        subprocess.run([*NAMESPACES, "sh", "-c", script], check=True, env={"PIP_RETRIES": "1", **pip, **environment})
    finally:
        for place in reversed(made):
            place.rmdir() if place.is_dir() else place.unlink()


def start_unprivileged(
    root: Path,
    command: Sequence[str],
    folder: str,
    user: int,
    environment: Mapping[str, str],
    volumes: Sequence[str],
    temporary: Sequence[str],
) -> "subprocess.Popen[bytes]":
    """Start CMD as `docker run --read-only --cap-drop ALL --security-opt no-new-privileges` would, without a network.

    Args:
        root: The image.
        command: The program and its arguments.
        folder: Its working folder.
        user: Its user id; the group is the user's own.
        environment: All variables it sees.
        volumes: Folders of the image that are writable for their owner; what is written is lost at the end.
        temporary: Folders of the image that everyone may write to, as with `--tmpfs`.
    """
    place = shlex.quote(str(root))
    lines = ["ip link set lo up", f"mount --bind {place} {place}", f"mount -t proc proc {place}/proc"]
    lines += [f"mount -t tmpfs -o mode=1777 tmpfs {place}{shlex.quote(name)}" for name in ("/dev/shm", *temporary)]
    for name in volumes:
        status = (root / name.lstrip("/")).stat()
        options = f"mode={status.st_mode & 0o7777:o},uid={status.st_uid},gid={status.st_gid}"
        lines.append(f"mount -t tmpfs -o {options} tmpfs {place}{shlex.quote(name)}")
    lines += [f"mount -o remount,ro,bind {place}", "exec " + shlex.join(inside(root, command, folder, user))]
    return subprocess.Popen([*NAMESPACES, "--net", "sh", "-c", " && ".join(lines)], env=dict(environment))


def inside(root: Path, command: Sequence[str], folder: str, user: int) -> list[str]:
    """The command line that gives up all rights and runs a program in the image."""
    accounts = (line.split(":") for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines())
    group = next(account[3] for account in accounts if account[2] == str(user))
    rights = [f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
    return [
        "chroot",
        str(root),
        "setpriv",
        *rights,
        "--inh-caps=-all",
        "sh",
        "-c",
        'cd "$0" && exec "$@"',
        folder,
        *command,
    ]


def joined(process: "subprocess.Popen[bytes]", *kinds: str) -> list[str]:
    """Return the beginning of a command line that runs a program in the namespaces of a started image."""
    return ["nsenter", f"--target={process.pid}", *(f"--{kind}" for kind in kinds)]


def stop(process: "subprocess.Popen[bytes]", seconds: float = 30.0) -> int | None:
    """Send SIGTERM to the image's first program and return its exit status; None if it had to be killed."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
    for child in children:
        os.kill(int(child), 15)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def _pip_places() -> list[Path]:
    """Return the files of pip's configuration on this machine, and the certificates and folders that it names."""
    found = subprocess.run(["pip", "config", "debug"], capture_output=True, text=True).stdout.splitlines()
    exists = ", exists: True"
    configured = [Path(line.strip().removesuffix(exists)) for line in found if line.endswith(exists)]
    listed = subprocess.run(["pip", "config", "list"], capture_output=True, text=True).stdout
    named = shlex.split(listed.replace("\\n", " ").replace("=", " "))
    words = [Path(word.removeprefix("file://")) for part in named for word in part.split()]
    # The files of an index in a folder called simple usually lie beside that folder.
    paths = [*configured, *(word.parent if word.name == "simple" else word for word in words)]
    return sorted({path for path in paths if path.is_absolute() and path.exists() and path != Path("/")})


def _mount_point(root: Path, path: Path) -> list[Path]:
    """Create what a mount needs to exist, and return what was created, outermost first."""
    target = root / path.relative_to("/")
    made = [place for place in reversed(target.parents) if not place.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        made.append(target)
        target.mkdir() if path.is_dir() else target.touch()
    return made
