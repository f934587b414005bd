"""The reference of the model contract, read from the docstrings of its abstract classes."""

import inspect
import re
from collections.abc import Callable, Iterator

from textlab.models import Classifier, Model, Retriever

HEADER = """# Model contract

Every family is a subclass of the class of its task: `Classifier` or `Retriever`. This page is generated from the
docstrings of these classes. `tests/models/test_contract.py` and a test file per task beside it hold every family to the
contract.
"""
CLASSES = (Model, Classifier, Retriever)


def contract_page() -> str:
    """The page: the classes of the contract with their methods."""
    return "\n\n".join([HEADER, *(part for each in CLASSES for part in _described(each))]) + "\n"


def _described(described: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in described.__bases__ if base.__name__ != "ABC")
    yield f"## {described.__name__}" + (f" ({bases})" if bases else "")
    yield _markdown(inspect.getdoc(described) or "")
    for name, method in vars(described).items():
        function = inspect.unwrap(getattr(method, "__func__", method))
        if inspect.isfunction(function) and not name.startswith("__") and function.__doc__:
            if name.startswith("_") and not getattr(function, "__isabstractmethod__", False):
                continue
            mark = " (to implement)" if getattr(function, "__isabstractmethod__", False) else ""
            yield f"### `{described.__name__}.{name}`{mark}"
            yield f"```python\n{name}{_signature(function)}\n```"
            yield _markdown(inspect.getdoc(function) or "")


def _signature(function: Callable[..., object]) -> str:
    signature = str(inspect.signature(function)).replace("'", "")
    return re.sub(r"\b(pandas|numpy|pathlib|collections|typing|_local|abc|core|frame)\.", "", signature)


def _markdown(docstring: str) -> str:
    """Sections such as `Args:` become bold headings, and their entries become list items."""
    lines, section = [], ""
    for line in docstring.splitlines():
        if re.fullmatch(r"(Args|Returns|Raises|Attributes):", line):
            section = line
            lines += ["", f"**{line}**", ""]
        elif section != "Returns:" and (entry := re.fullmatch(r"    (\w[^:]*): (.*)", line)):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        else:
            lines.append(f"  {line.strip()}" if section and section != "Returns:" else line.strip())
    return re.sub(r"(?<!`)\b(\w+_<\w+>)(?!`)", r"`\1`", "\n".join(lines))
