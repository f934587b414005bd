"""The operations that a served graph may hold: those that compute, and those that hold weights and vocabularies."""

import re
from functools import cache

from api.model.tensorflow_library import stateless_operations
from api.model.tensorflow_messages import tensorflow_folder

# TensorFlow's families of operations that only compute. Being registered as stateless is not enough: operations that
# write snapshots or debugging files, or that call Python, are stateless too.
COMPUTING = ["array", "math", "nn", "string", "bitwise", "linalg", "rnn", "list", "control_flow", "sparse"]
COMPUTING += ["ragged_array", "ragged_conversion", "ragged_math"]
REFUSED = frozenset({"ImmutableConst", "DebugGradientIdentity", "DebugGradientRefIdentity"})
# In addition, a model holds weights and vocabularies and calls its own functions.
HOLDING = frozenset(
    {
        "Assert",
        "AssignVariableOp",
        "Case",
        "HashTableV2",
        "If",
        "InitializeTableFromTextFileV2",
        "InitializeTableV2",
        "LookupTableExportV2",
        "LookupTableFindV2",
        "LookupTableImportV2",
        "LookupTableSizeV2",
        "MutableHashTableV2",
        "PartitionedCall",
        "Placeholder",
        "ReadVariableOp",
        "ResourceGather",
        "ResourceGatherNd",
        "StatefulPartitionedCall",
        "StatelessCase",
        "StatelessIf",
        "StatelessWhile",
        "VarHandleOp",
        "VarIsInitializedOp",
        "VariableShape",
        "While",
    }
)
# The functions that save and restore a checkpoint use these operations. Only a SavedModel's own saver may call them.
CHECKPOINT = frozenset({"DisableCopyOnRead", "MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"})


def is_allowed(operation: str) -> bool:
    """Return whether a served graph may hold the operation."""
    return operation in HOLDING or operation in computing_operations()


@cache
def computing_operations() -> frozenset[str]:
    """The stateless operations that TensorFlow's generated modules define for the families in COMPUTING."""
    named: set[str] = set()
    for family in COMPUTING:
        module = tensorflow_folder() / "python" / "ops" / f"gen_{family}_ops.py"
        named.update(re.findall(r'^(\w+) = tf_export\("raw_ops\.', module.read_text(encoding="utf-8"), re.MULTILINE))
    return stateless_operations() & named - REFUSED
