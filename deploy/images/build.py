"""Execute a Dockerfile without Docker: every RUN line in a chroot. It needs root, debootstrap, and Debian's packages.

    python -m deploy.images.build Dockerfile --into /tmp/service --try "deploy/smoke_test.sh http://127.0.0.1:8000"

The file system of the image is then in /tmp/service/image. --try starts CMD as the image's user, on a read-only
file system, without privileges and without a network, and runs HEALTHCHECK until it succeeds. This is no substitute for
`docker build`: the base is a stand-in (deploy/images/base.py), and ports, seccomp and memory limits are not applied.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from deploy.images.base import ENVIRONMENT, make_base
from deploy.images.chroot import inside, joined, run_as_root, start_unprivileged, stop
from deploy.images.context import Context
from deploy.images.dockerfile import Instruction, Stage, read_dockerfile


@dataclass(frozen=True)
class Layer:
    """The size that one instruction added, in megabytes (10^6 bytes), and its duration in seconds."""

    instruction: str
    megabytes: float
    seconds: float


@dataclass
class Image:
    """The file system of a stage, and what its instructions say about starting it."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    folder: str = "/"
    user: int = 0
    volumes: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)


def build(dockerfile: Path, context: Context, base: Path, into: Path) -> Image:
    """Execute the stages of a Dockerfile in order, each in a copy of `base`. Return the last one.

    Raises:
        ValueError: An instruction cannot be executed.
        subprocess.CalledProcessError: A RUN line failed.
    """
    images: dict[str, Image] = {}
    stages = read_dockerfile(dockerfile)
    for stage in stages:
        name = stage.name or "image"
        images[name] = Image(into / name)
        subprocess.run(["cp", "--archive", base, into / name], check=True)
        _execute(stage, images[name], context, images)
    return images[stages[-1].name or "image"]


def _execute(stage: Stage, image: Image, context: Context, images: dict[str, Image]) -> None:
    arguments: dict[str, str] = {}
    for instruction in stage.instructions:
        before, start = size(image.root), time.monotonic()
        match instruction.name:
            case "RUN":
                environment = image.environment | arguments
                run_as_root(image.root, instruction.text, image.folder, environment)
            case "COPY":
                _copy(instruction, image, context, images)
            case "WORKDIR":
                image.folder = str(PurePosixPath(image.folder, instruction.text))
                (image.root / image.folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "ENV":
                image.environment |= instruction.assignments(image.environment)
            case "ARG":
                arguments |= instruction.assignments(image.environment)
            case "USER":
                image.user = int(instruction.text)
            case "VOLUME":
                image.volumes += instruction.text.split()
            case "CMD":
                image.command = instruction.command()
            case "HEALTHCHECK":
                image.health = instruction.command()
        if instruction.name in ("RUN", "COPY"):
            text = f"{instruction.name} {instruction.text}"
            image.layers.append(Layer(text, (size(image.root) - before) / 1e6, time.monotonic() - start))


def _copy(instruction: Instruction, image: Image, context: Context, images: dict[str, Image]) -> None:
    words = instruction.text.split()
    stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
    source, target = words
    place = image.root / PurePosixPath(image.folder, target).relative_to("/")
    if stage is None:
        is_file = (context.folder / source).is_file()
        context.copy(source, place / Path(source).name if is_file and target.endswith(("/", ".")) else place)
    else:
        shutil.copytree(images[stage].root / source.lstrip("/"), place, symlinks=True, dirs_exist_ok=True)


def size(root: Path) -> int:
    """The bytes of all files below a folder; a file with several names counts once."""
    status = (Path(folder, name).lstat() for folder, _, names in os.walk(root) for name in names)
    return sum({one.st_ino: one.st_size for one in status}.values())


def try_out(image: Image, command: list[str], temporary: list[str], seconds: float = 240.0) -> str:
    """Start the image, wait until it is healthy, run a command of this machine on its network, and stop it.

    Returns:
        What the command printed.

    Raises:
        RuntimeError: The program ended.
        TimeoutError: HEALTHCHECK did not succeed in time.
        subprocess.CalledProcessError: The command failed.
    """
    how = (image.command, image.folder, image.user, image.environment, image.volumes, ["/tmp", *temporary])
    process = start_unprivileged(image.root, *how)
    check = [*joined(process, "mount", "net"), *inside(image.root, image.health or ["true"], image.folder, image.user)]
    try:
        until = time.monotonic() + seconds
        while subprocess.run(check, env=image.environment, capture_output=True).returncode:
            if process.poll() is not None:
                raise RuntimeError(f"{image.command} ended with status {process.returncode}. Read what it printed.")
            if time.monotonic() > until:
                raise TimeoutError(f"{image.command} was not healthy in {seconds:g} seconds. Read what it printed.")
            time.sleep(1)
        return subprocess.run([*joined(process, "net"), *command], check=True, stdout=subprocess.PIPE, text=True).stdout
    finally:
        if process.poll() is None:
            status = stop(process)
            print("killed, because it did not stop" if status is None else f"stopped with status {status}")


def main() -> None:
    """Read the command line, build, and say how much each instruction added."""
    parser = argparse.ArgumentParser(prog="python -m deploy.images.build", description=__doc__.splitlines()[0])
    parser.add_argument("dockerfile", type=Path)
    parser.add_argument("--context", type=Path, default=Path(), help="the folder of the build context")
    parser.add_argument("--into", type=Path, required=True, help="a new folder for the stages and the image")
    parser.add_argument("--base", type=Path, help="the base folder of an earlier call; by default, a new one is made")
    parser.add_argument(
        "--try", dest="command", type=shlex.split, help="a command of this machine on the image's network"
    )
    parser.add_argument("--tmpfs", action="append", default=[], help="a further writable folder in memory")
    options = parser.parse_args()
    into = options.into.resolve()
    into.mkdir(parents=True)
    base = options.base.resolve() if options.base else into / "base"
    if not base.exists():
        make_base(base)
    image = build(options.dockerfile, Context(options.context), base, into)
    for layer in image.layers:
        print(f"{layer.megabytes:8.1f} MB {layer.seconds:6.1f} s  {layer.instruction[:90]}")
    print(f"{(size(image.root) - size(base)) / 1e6:8.1f} MB beyond the base, which has {size(base) / 1e6:.0f} MB")
    if options.command:
        print(try_out(image, options.command, options.tmpfs))


if __name__ == "__main__":
    main()
