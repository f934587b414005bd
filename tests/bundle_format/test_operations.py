"""Each operation of the installed TensorFlow is allowed or belongs to a refused family."""

import re

import pytest

from textlab.bundle_format.computing_operations import COMPUTING
from textlab.bundle_format.operations import (
    CHECKPOINT,
    REFUSED,
    UNKNOWN,
    allowed_operations,
    computing_operations,
    reason_against,
)

TEXT_ONLY, PICTURES = allowed_operations(["text"]), allowed_operations(["text", "image"])


@pytest.fixture(scope="module")
def installed():
    """The operations that TensorFlow's library registers, by name."""
    from tensorflow.core.framework.op_def_pb2 import OpList
    from tensorflow.python.client import pywrap_tf_session

    content = pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())
    return {operation.name: operation for operation in OpList.FromString(content).op}


def test_every_allowed_operation_exists(installed):
    assert computing_operations() - installed.keys() == set()


def test_every_operation_is_allowed_or_has_a_reason_against_it(installed):
    import tensorflow as tf

    public = [name for name in installed if hasattr(tf.raw_ops, name)]  # others are internal, or for TensorFlow's tests
    assert len(public) > 1000
    assert [name for name in public if name not in TEXT_ONLY and reason_against(name) == UNKNOWN] == []


def test_every_reason_is_used_and_no_operation_is_listed_twice(installed):
    reasons = {reason_against(name) for name in installed if name not in TEXT_ONLY}
    assert reasons - {UNKNOWN} == REFUSED.keys()
    names = [name for family in COMPUTING.values() for name in family.split()]
    assert sorted(names) == sorted(set(names))


def test_allowed_operations_with_a_state_are_known_one_by_one(installed):
    """TensorFlow marks operations that must run, hold a table or may fail as stateful."""
    stateful = {name for name in computing_operations() if installed[name].is_stateful}
    holding = set(COMPUTING["weights and vocabularies"].split())
    calling = {"Assert", "Case", "If", "StatefulPartitionedCall", "While"}
    checking = {"CheckNumerics", "CheckNumericsV2", "GuaranteeConst", "StatelessRandomGetAlg"}
    assert {name for name in stateful - holding - calling - checking if not name.startswith("TensorArray")} == set()


@pytest.mark.parametrize("word", ["file", "path", "vocab", "address", "token", "descriptor_source", "container_size"])
def test_no_allowed_operation_names_a_file_in_an_attribute(installed, word):
    """An operation such as FixedUnigramCandidateSampler counts as stateless, and yet its attribute names a file."""
    found = {name for name in computing_operations() for attribute in installed[name].attr if word in attribute.name}
    assert found <= {"InitializeTableFromTextFileV2", "CTCBeamSearchDecoder"}  # vocab_size, top_paths


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("WriteFile", "reads or writes files"),
        ("ReadFile", "reads or writes files"),
        ("ImmutableConst", "reads or writes files"),
        ("DecodeProtoV2", "reads or writes files"),
        ("PyFunc", "calls Python"),
        ("EagerPyFunc", "calls Python"),
        ("PyFuncStateless", "calls Python"),
        ("RpcCall", "uses the network"),
        ("CollectiveReduceV2", "uses the network"),
        ("_Send", "is internal to TensorFlow"),
        ("Send", "uses the network"),
        ("DataServiceDataset", "iterates over a dataset"),
        ("IteratorGetNext", "iterates over a dataset"),
        ("Abort", "ends the process"),
        ("PrintV2", "prints or logs"),
        ("WriteSummary", "prints or logs"),
        ("XlaCustomCallV2", "calls another compiler"),
        ("TPUExecute", "needs a TPU"),
        ("Timestamp", "depends on the machine"),
        ("RandomUniform", "answers differently each time"),
        ("QueueEnqueueV2", "keeps values for later requests"),
        ("Empty", "keeps values for later requests"),
        ("AssignAddVariableOp", "changes weights or tables"),
        ("LookupTableInsertV2", "changes weights or tables"),
        ("InplaceUpdate", "changes weights or tables"),
        ("ResourceApplyAdam", "belongs to training"),
        ("FixedUnigramCandidateSampler", "belongs to training"),
        ("DecodeJpeg", "decodes or encodes pictures or sound"),
        ("DecodeGif", "decodes or encodes pictures or sound"),
        ("DecodeImage", "decodes or encodes pictures or sound"),
        ("DecodeWav", "decodes or encodes pictures or sound"),
        ("EncodePng", "decodes or encodes pictures or sound"),
        ("SentencepieceOp", UNKNOWN),
    ],
)
def test_operation_that_does_more_than_compute_is_refused_with_its_reason(name, reason):
    assert name not in PICTURES
    assert reason_against(name) == reason


@pytest.mark.parametrize("name", ["DynamicPartition", "DynamicStitch", "ParseExampleV2", "ResizeArea", "FFT", "Roll"])
def test_operation_that_only_computes_is_allowed(name):
    assert name in TEXT_ONLY


def test_pictures_add_one_decoder_of_png_and_jpeg(installed):
    assert {"DecodePng"} == PICTURES - TEXT_ONLY
    assert PICTURES >= TEXT_ONLY
    assert installed.keys() >= PICTURES
    media = re.compile("(Decode|Encode|Extract).*(Png|Jpeg|Gif|Bmp|Jxl|WebP|Wav|Image|Video|Audio)")
    decoding = {name for name in TEXT_ONLY if media.match(name)}
    assert decoding == {"ExtractImagePatches"}  # of an array


@pytest.mark.parametrize("inputs", [[], ["text"], ["picture"], ["Image"], ["text", "airline"]])
def test_only_the_input_image_adds_decoders(inputs):
    assert allowed_operations(inputs) == computing_operations()


def test_operations_that_save_or_restore_are_no_part_of_the_list():
    assert not CHECKPOINT & computing_operations()
