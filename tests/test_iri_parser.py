"""jsonschema builds its parser of addresses when it first checks one."""

import subprocess
import sys

CODE = """
import sys
from textlab.iri_parser import PACKAGE, postpone_iri_parser
postpone_iri_parser()
import nbformat
from jsonschema import FormatChecker
assert PACKAGE not in sys.modules
print([FormatChecker().conforms(address, "iri") for address in ("http://é.fr/a", "http://é.fr/a b")])
assert PACKAGE in sys.modules
"""


def test_parser_of_addresses_is_built_by_its_first_check_which_answers_as_before():
    answer = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert answer.stdout == "[True, False]\n"
