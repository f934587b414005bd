"""The functions of TensorFlow's C library (tensorflow/c/c_api.h and tf_tensor.h) that the service calls."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from functools import cache
from typing import Any

from api.model.tensorflow_messages import tensorflow_folder


class Output(ctypes.Structure):
    """TF_Output: one result of an operation."""

    _fields_ = [("operation", c_void_p), ("index", c_int)]


Deallocator = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "TF_CloseSession": (None, [c_void_p, c_void_p]),
    "TF_DeleteGraph": (None, [c_void_p]),
    "TF_DeleteSession": (None, [c_void_p, c_void_p]),
    "TF_DeleteSessionOptions": (None, [c_void_p]),
    "TF_DeleteStatus": (None, [c_void_p]),
    "TF_DeleteTensor": (None, [c_void_p]),
    "TF_Dim": (c_int64, [c_void_p, c_int]),
    "TF_GetCode": (c_int, [c_void_p]),
    "TF_GraphOperationByName": (c_void_p, [c_void_p, c_char_p]),
    "TF_LoadSessionFromSavedModel": (
        c_void_p,
        [c_void_p, c_void_p, c_char_p, POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p],
    ),
    "TF_Message": (c_char_p, [c_void_p]),
    "TF_NewGraph": (c_void_p, []),
    "TF_NewSessionOptions": (c_void_p, []),
    "TF_NewStatus": (c_void_p, []),
    "TF_NewTensor": (c_void_p, [c_int, POINTER(c_int64), c_int, c_void_p, c_size_t, Deallocator, c_void_p]),
    "TF_NumDims": (c_int, [c_void_p]),
    "TF_OperationNumOutputs": (c_int, [c_void_p]),
    "TF_SessionRun": (
        None,
        [
            *(c_void_p, c_void_p),
            *(POINTER(Output), POINTER(c_void_p), c_int),
            *(POINTER(Output), POINTER(c_void_p), c_int),
            *(c_void_p, c_int, c_void_p, c_void_p),
        ],
    ),
    "TF_SetConfig": (None, [c_void_p, c_char_p, c_size_t, c_void_p]),
    "TF_StringCopy": (None, [c_void_p, c_char_p, c_size_t]),
    "TF_StringDealloc": (None, [c_void_p]),
    "TF_StringInit": (None, [c_void_p]),
    "TF_TensorData": (c_void_p, [c_void_p]),
    "TF_TensorType": (c_int, [c_void_p]),
}


@cache
def library() -> Any:
    """TensorFlow's library, with typed functions.

    Raises:
        FileNotFoundError: the installed package tensorflow ships no such library.
    """
    found = sorted(tensorflow_folder().glob("libtensorflow_cc.*"))
    if not found:
        raise FileNotFoundError(f"{tensorflow_folder()} lacks libtensorflow_cc. Reinstall tensorflow-cpu.")
    loaded = ctypes.CDLL(str(found[0]))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


@contextmanager
def status_of(c: Any) -> Iterator[Any]:
    """A new TF_Status, deleted at the end."""
    status = c.TF_NewStatus()
    try:
        yield status
    finally:
        c.TF_DeleteStatus(status)
