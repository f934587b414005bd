"""A stand-in for the image python:3.11-slim-bookworm: Debian from debootstrap, this machine's Python in /usr/local."""

import shutil
import subprocess
import sys
from pathlib import Path

RELEASE = "bookworm"
# The real image has ca-certificates, netbase and tzdata too. Python's modules load the other libraries.
PACKAGES = (
    "ca-certificates,netbase,tzdata,libbz2-1.0,libcrypt1,libdb5.3,libexpat1,libffi8,libgdbm6,liblzma5,libncursesw6,"
    "libnsl2,libreadline8,libsqlite3-0,libssl3,libtirpc3,libuuid1,zlib1g"
)
LEFT_OUT = shutil.ignore_patterns("site-packages", "test", "idlelib", "turtledemo", "__pycache__", "*.a", "config-3.*")
# What a container finds when it runs a program, before ENV adds to it.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
}


def make_base(root: Path) -> None:
    """Fill a folder with Debian and Python. It needs root's rights, debootstrap and Debian's packages.

    The real image has another patch release of Python, and its Debian holds neither manuals nor translations.

    Raises:
        subprocess.CalledProcessError: debootstrap failed.
    """
    options = ["--variant=minbase", f"--include={PACKAGES}"]
    subprocess.run(["debootstrap", *options, RELEASE, root], check=True, stdout=subprocess.DEVNULL)
    for cache in ("var/cache/apt/archives", "var/lib/apt/lists", "var/cache/debconf"):
        shutil.rmtree(root / cache)
        (root / cache).mkdir()
    python, local = f"python3.{sys.version_info.minor}", root / "usr" / "local"
    prefix = Path(sys.base_prefix)
    shutil.copytree(prefix / "lib" / python, local / "lib" / python, ignore=LEFT_OUT, symlinks=True)
    (local / "lib" / python / "site-packages").mkdir()
    for library in (prefix / "lib").glob("libpython3*.so*"):
        shutil.copy2(library, local / "lib", follow_symlinks=False)
    shutil.copy2(prefix / "bin" / python, local / "bin")
    for name in ("python", "python3"):
        (local / "bin" / name).symlink_to(python)
    for command in (["ldconfig"], ["python", "-m", "ensurepip", "--default-pip"]):
        subprocess.run(["chroot", root, *command], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
