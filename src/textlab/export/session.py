"""A SavedModel that is run the way that the service runs it: in a session of TensorFlow 1."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.graph import SIGNATURE, TAG
from textlab.bundle_format.signature import Signature
from textlab.inputs import kind_of


def session_answer(folder: Path, signature: Signature, columns: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Load the SavedModel in `folder` into a session, and compute the answer to n examples.

    A session restores variables and tables in another way than `tf.saved_model.load`, so one may fail where the other
    works.

    Args:
        folder: the folder of saved_model.pb, whose graph has been checked.
        signature: names the inputs and the answer.
        columns: for each input its n values.

    Returns:
        float32 (n, size), with the size that the signature states.

    Raises:
        BundleError: the session cannot load the SavedModel or compute the answer.
    """
    import tensorflow as tf
    from tensorflow.python.saved_model.loader_impl import SavedModelLoader  # the public function warns that it is old

    try:
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            stated = SavedModelLoader(str(folder)).load(session, [TAG]).signature_def[SIGNATURE]
            given = {stated.inputs[name].name: kind_of(name).encode(values) for name, values in columns.items()}
            return session.run(stated.outputs[signature.answer.name].name, given)
    except Exception as error:  # TensorFlow's loader raises errors of any type for a damaged file
        raise BundleError(
            f"A session of TensorFlow, which the service uses, cannot run {folder} ({type(error).__name__}). "
            "Export the model again with tf.saved_model.save."
        ) from error
