"""The reference of the operations that a graph may hold, from the list that export, promotion and service share."""

from docs.generator.markdown import table
from textlab.bundle_format.computing_operations import COMPUTING
from textlab.bundle_format.operations import CHECKPOINT, REFUSED
from textlab.inputs import kind_of

PAGE = """# Operations of a graph

The graph of a SavedModel may hold the operations under "Allowed". Export, promotion and service check the same list:
an operation of a later TensorFlow is refused until somebody adds it to
`textlab.bundle_format.computing_operations`. `tf.raw_ops` documents each operation.

## Allowed

{allowed}

The graph of a model with the input `image` may also hold {decoders}, which decodes PNG and JPEG.

The functions that save and restore the SavedModel's own checkpoint may also hold {checkpoint}.

## Refused

The first row that matches an operation's name gives the reason.

{refused}
"""


def operations_page() -> str:
    """Return the page in Markdown."""
    allowed = [(family, ", ".join(names.split())) for family, names in COMPUTING.items()]
    refused = [(reason, f"`{pattern}`") for reason, pattern in REFUSED.items()]
    return PAGE.format(
        allowed=table(["family", "operations"], allowed),
        decoders=", ".join(sorted(kind_of("image").operations)),
        checkpoint=", ".join(sorted(CHECKPOINT)),
        refused=table(["what it does", "names, as a regular expression"], refused),
    )
