"""The service and MLflow copy this package, so it must work alone."""

import base64
import subprocess
import sys
from pathlib import Path

from tiny_pictures import picture

import textlab.bundle_format

PACKAGE = Path(textlab.bundle_format.__file__).parent


def test_package_imports_nothing_but_the_standard_library():
    paths = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.stem != "__init__"]
    modules = [".".join(["textlab.bundle_format", *path.with_suffix("").parts]) for path in paths]
    code = (
        "import sys; before = set(sys.modules)\n"
        f"import {', '.join(modules)}\n"
        "print({name.split('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names - {'textlab'},\n"
        "      {name.split('.')[1] for name in sys.modules if name.startswith('textlab.')})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set() {'bundle_format'}"


def test_package_works_as_a_copy_without_textlab(tmp_path):
    for name in ("bundle_format", "inputs", "search"):
        (tmp_path / name).symlink_to(PACKAGE.parent / name)
    code = f"import sys; sys.path = [{str(tmp_path)!r}] + [each for each in sys.path if 'src' not in each]\n"
    code += "import bundle_format.signature, bundle_format.mlflow_model, bundle_format.retrieval_task, search\n"
    code += "from bundle_format.kinds import kind_of\n"
    code += f"picture = kind_of('image').received({base64.b64encode(picture()).decode()!r})\n"
    code += "assert kind_of('image').checked(picture) == picture and kind_of('text').checked(b'x') == b'x'\n"
    code += "print('textlab' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
