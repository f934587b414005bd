"""A Jupyter kernel provisioner whose kernel is a forked process that waits to become one."""

import contextlib
import json
import os
import signal
import socket
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

NAME = "textlab-warm"

_waiting: list[tuple[int, socket.socket]] = []


def launch_next_kernel_in(process: int, channel: socket.socket) -> None:
    """Use `process`, a child that waits at the other end of `channel`, as the next kernel that this process starts.

    The provisioner becomes the default one. Notebooks keep naming the plain kernelspec, and nothing has to be
    installed. Later kernels start by a command as usual.
    """
    _waiting.append((process, channel))
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:WarmProvisioner", factory.GROUP_NAME)
    factory.default_provisioner_name = NAME


class WarmProvisioner(LocalProvisioner):
    """Sends the kernel's command line, environment and folder to the waiting child."""

    async def launch_kernel(self, cmd: list[str], **settings: Any) -> KernelConnectionInfo:
        """Start the kernel: the waiting child, or a new process if no child waits."""
        if not _waiting:
            return await super().launch_kernel(cmd, **settings)
        process, channel = _waiting.pop()
        environment = settings.get("env", os.environ) | {"JPY_PARENT_PID": str(os.getpid())}
        folder = str(settings.get("cwd") or Path.cwd())
        request = {"command": cmd, "environment": dict(environment), "folder": folder}
        with (
            channel,
            contextlib.suppress(OSError),
        ):  # if the child has died, jupyter_client notices it as with any kernel
            channel.sendall(json.dumps(request).encode() + b"\n")
            channel.recv(1)  # the child now has a session of its own
        self.process = ForkedProcess(process)  # type: ignore[assignment]
        self.pid = self.pgid = process
        return self.connection_info


class ForkedProcess:
    """A forked child with the part of `subprocess.Popen`'s interface that a local kernel needs."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while the process runs."""
        return self._collect(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for the process to end; return the exit code."""
        return self._collect(0)

    def _collect(self, options: int) -> int | None:
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, options)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal if the process still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)
