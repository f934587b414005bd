"""Dockerfiles are read and executed as Docker would do, without Docker."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.images.build import build
from deploy.images.context import Context
from deploy.images.dockerfile import Instruction, read_dockerfile

ROOT = Path(__file__).resolve().parents[1]
CAN_BUILD = os.geteuid() == 0 and shutil.which("debootstrap") and sys.platform == "linux"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app" / "inner").mkdir(parents=True)
    for name in ("app/one.py", "app/inner/two.py", "app/inner/secret.key", "other.txt"):
        (tmp_path / name).write_text(name)
    return tmp_path


def dockerfile(folder, text):
    path = folder / "Dockerfile"
    path.write_text(text)
    return path


def test_comments_and_broken_lines_make_one_instruction(folder):
    path = dockerfile(folder, "FROM base AS first\n# note\nRUN one \\\n    # why\n    && two\n\nFROM base\nUSER 7\n")
    first, last = read_dockerfile(path)
    assert (first.name, first.instructions) == ("first", [Instruction("RUN", "one && two")])
    assert (last.name, last.instructions) == (None, [Instruction("USER", "7")])


def test_an_instruction_that_cannot_be_executed_is_refused(folder):
    with pytest.raises(ValueError, match="ONBUILD RUN x', which cannot be executed here"):
        read_dockerfile(dockerfile(folder, "FROM base\nONBUILD RUN x\n"))
    with pytest.raises(ValueError, match="is not in the JSON form"):
        Instruction("CMD", "python -m api").command()


def test_variables_are_replaced_in_env():
    assert Instruction("ENV", 'PATH=/opt:$PATH A="b c"').assignments({"PATH": "/bin"}) == {
        "PATH": "/opt:/bin",
        "A": "b c",
    }


@pytest.mark.parametrize("path", [ROOT / "Dockerfile", *sorted((ROOT / "deploy").glob("*/Dockerfile"))], ids=str)
def test_every_dockerfile_of_the_repository_can_be_read(path):
    *_, image = read_dockerfile(path)
    assert {"RUN", "USER", "CMD"} <= {one.name for one in image.instructions}


def test_only_what_dockerignore_lets_through_is_copied(folder):
    (folder / ".dockerignore").write_text("*\n!app\n**/*.key\n")
    context = Context(folder)
    assert list(context.files("app/")) == ["app/inner/two.py", "app/one.py"]
    context.copy("app/", folder / "image" / "x")
    assert (folder / "image" / "x" / "inner" / "two.py").read_text() == "app/inner/two.py"
    with pytest.raises(ValueError, match=r"COPY other\.txt finds no file"):
        context.copy("other.txt", folder / "image")


def test_stages_variables_and_files_follow_the_dockerfile(folder):
    base, into = folder / "base", folder / "into"
    for path in (base, into):
        path.mkdir()
    (base / "from_base").touch()
    text = "FROM b AS one\nWORKDIR /build\nCOPY other.txt .\nFROM b\nCOPY --from=one /build /opt/x\nWORKDIR /srv\n"
    text += 'COPY app/ app/\nENV A=1\nUSER 7\nVOLUME /state\nCMD ["run", "it"]\n'
    image = build(dockerfile(folder, text), Context(folder), base, into)
    assert (image.folder, image.user, image.volumes, image.command) == ("/srv", 7, ["/state"], ["run", "it"])
    assert image.environment["A"] == "1"
    assert {path.name for path in image.root.iterdir()} == {"from_base", "opt", "srv"}
    assert (image.root / "opt/x/other.txt").exists()
    assert (image.root / "srv/app/one.py").exists()
    assert [round(layer.megabytes * 1e6) for layer in image.layers] == [9, 46]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not CAN_BUILD, reason="needs root on Linux and debootstrap (apt-get install debootstrap)")
def test_the_service_of_the_image_answers_without_rights_on_a_read_only_file_system(tmp_path, request):
    from tiny_bundle import write_tiny_bundle

    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.strip("\0").split("\0"):
        (tmp_path / "context" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / "context" / name)
    models = tmp_path / "context" / "models"
    write_tiny_bundle(models / "sentiment" / "1")
    (models / "catalog.json").write_text('{"sentiment": {"champion": 1}}')
    command = [sys.executable, "-m", "deploy.images.build", "Dockerfile", "--context", str(tmp_path / "context")]
    asked = f"{ROOT}/deploy/smoke_test.sh http://127.0.0.1:8000"
    request.addfinalizer(lambda: shutil.rmtree(tmp_path / "image", ignore_errors=True))  # gigabytes
    command += ["--into", str(tmp_path / "image"), "--try", asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert '"label": "short"' in done.stdout or '"label": "long"' in done.stdout
    assert "stopped with status 0" in done.stdout
