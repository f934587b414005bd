"""A SavedModel that TensorFlow's C interface runs, which needs neither its Python package nor the memory for it.

The functions are those of tensorflow/c/c_api.h and tf_tensor.h, a stable interface, in the library that the package
brings. A session of TensorFlow 1 is what they run, which alone keeps all of a call in the thread that makes it:
TensorFlow 2 hands it to another thread and back, whatever it is told.
"""

import ctypes
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from api.model.tensorflow_messages import message, tensorflow_folder

STRING = 7  # of tensorflow/c/tf_datatype.h
FLOAT = 1
STRING_BYTES = 24
SERVING = b"serve"


class SessionError(RuntimeError):
    """TensorFlow could not load a SavedModel, or not compute."""


class _Buffer(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("length", c_size_t), ("deallocator", c_void_p)]


class _Output(ctypes.Structure):
    """One result of an operation."""

    _fields_ = [("operation", c_void_p), ("index", c_int)]


Deallocator = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "TF_CloseSession": (None, [c_void_p, c_void_p]),
    "TF_DeleteBuffer": (None, [c_void_p]),
    "TF_DeleteGraph": (None, [c_void_p]),
    "TF_DeleteSession": (None, [c_void_p, c_void_p]),
    "TF_DeleteSessionOptions": (None, [c_void_p]),
    "TF_DeleteStatus": (None, [c_void_p]),
    "TF_DeleteTensor": (None, [c_void_p]),
    "TF_Dim": (c_int64, [c_void_p, c_int]),
    "TF_GetAllOpList": (POINTER(_Buffer), []),
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
    "TF_SessionRun": (
        None,
        [
            *(c_void_p, c_void_p),
            *(POINTER(_Output), POINTER(c_void_p), c_int),
            *(POINTER(_Output), POINTER(c_void_p), c_int),
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


class Session:
    """A loaded SavedModel: strings in, numbers out, from any thread.

    Args:
        folder: of the SavedModel. Loading runs what the graph does at its start, so it must have been checked.
        texts, probabilities: the names of the tensors, such as "serving_default_text:0".
        threads: that one operation may use; the first session of a process decides for all.

    Raises:
        SessionError: it cannot be loaded, or has no such tensors.
    """

    def __init__(self, folder: Path, texts: str, probabilities: str, threads: int) -> None:
        self._library = library()
        self._graph = self._library.TF_NewGraph()
        try:
            self._session = self._load(folder, threads)
        except BaseException:
            self._library.TF_DeleteGraph(self._graph)
            raise
        # At the end of a process its threads may still be computing.
        weakref.finalize(self, _close, self._library, self._session, self._graph).atexit = False
        self._texts, self._probabilities = self._output(texts), self._output(probabilities)

    def run(self, texts: Sequence[bytes]) -> np.ndarray:
        """The result, float32 (n, k), for n texts.

        Raises:
            SessionError: TensorFlow's code; its message might quote a text.
        """
        c = self._library
        given, result = c_void_p(_string_tensor(c, texts)), c_void_p()
        try:
            with _status(c) as status:
                outputs = byref(self._probabilities)
                ends = (outputs, byref(result), 1, None, 0, None, status)
                c.TF_SessionRun(self._session, None, byref(self._texts), byref(given), 1, *ends)
                if c.TF_GetCode(status):
                    raise SessionError(f"TensorFlow could not compute an answer (code {c.TF_GetCode(status)}).")
            return _array(c, result)
        finally:
            c.TF_DeleteTensor(given)
            if result:
                c.TF_DeleteTensor(result)

    def _load(self, folder: Path, threads: int) -> Any:
        c = self._library
        config = message("ConfigProto", "tensorflow.core.protobuf.config_pb2")(
            intra_op_parallelism_threads=threads, inter_op_parallelism_threads=-1
        ).SerializeToString()
        options = c.TF_NewSessionOptions()
        try:
            with _status(c) as status:
                c.TF_SetConfig(options, config, len(config), status)
                _raise_where_it_failed(c, status)
                tags = (c_char_p * 1)(SERVING)
                path = str(folder).encode()
                session = c.TF_LoadSessionFromSavedModel(options, None, path, tags, 1, self._graph, None, status)
                _raise_where_it_failed(c, status)
                return session
        finally:
            c.TF_DeleteSessionOptions(options)

    def _output(self, tensor: str) -> _Output:
        name, _, index = tensor.partition(":")
        operation = self._library.TF_GraphOperationByName(self._graph, name.encode())
        if not operation or not index.isdecimal():
            raise SessionError(f"The graph has no tensor {tensor}.")
        return _Output(operation, int(index))


@cache
def library() -> Any:
    """TensorFlow's library.

    Raises:
        FileNotFoundError: the package tensorflow brings none.
    """
    found = sorted(tensorflow_folder().glob("libtensorflow_cc.*"))
    if not found:
        raise FileNotFoundError(f"{tensorflow_folder()} holds no libtensorflow_cc. Install tensorflow-cpu anew.")
    loaded = ctypes.CDLL(str(found[0]))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


def stateless_operations() -> frozenset[str]:
    """The operations that TensorFlow calls stateless."""
    buffer = library().TF_GetAllOpList()
    try:
        content = ctypes.string_at(buffer.contents.data, buffer.contents.length)
    finally:
        library().TF_DeleteBuffer(buffer)
    known = message("OpList", "tensorflow.core.framework.op_def_pb2").FromString(content)
    return frozenset(operation.name for operation in known.op if not operation.is_stateful)


def _string_tensor(c: Any, texts: Sequence[bytes]) -> int:
    """A tensor of strings of its own, which it may keep for as long as the graph refers to it."""
    length = STRING_BYTES * len(texts)
    start = _memory().malloc(max(length, 1))
    for place, text in zip(range(start, start + length, STRING_BYTES), texts, strict=True):
        c.TF_StringInit(place)
        c.TF_StringCopy(place, text, len(text))
    return c.TF_NewTensor(STRING, (c_int64 * 1)(len(texts)), 1, start, length, _free_strings, None)


@Deallocator
def _free_strings(start: int, length: int, _: Any) -> None:
    for place in range(start, start + length, STRING_BYTES):
        library().TF_StringDealloc(place)
    _memory().free(start)


@cache
def _memory() -> Any:
    """The C library, for memory that outlives a call."""
    loaded = ctypes.CDLL(None)
    loaded.malloc.restype, loaded.malloc.argtypes = c_void_p, [c_size_t]
    loaded.free.restype, loaded.free.argtypes = None, [c_void_p]
    return loaded


@contextmanager
def _status(c: Any) -> Iterator[Any]:
    status = c.TF_NewStatus()
    try:
        yield status
    finally:
        c.TF_DeleteStatus(status)


def _raise_where_it_failed(c: Any, status: Any) -> None:
    if c.TF_GetCode(status):
        raise SessionError(c.TF_Message(status).decode(errors="replace"))


def _array(c: Any, tensor: Any) -> np.ndarray:
    shape = tuple(c.TF_Dim(tensor, axis) for axis in range(c.TF_NumDims(tensor)))
    if c.TF_TensorType(tensor) != FLOAT:
        raise SessionError(f"The graph answers numbers of TensorFlow's type {c.TF_TensorType(tensor)}, not float32.")
    numbers = (ctypes.c_float * int(np.prod(shape))).from_address(c.TF_TensorData(tensor))
    return np.array(numbers, np.float32).reshape(shape)


def _close(c: Any, session: Any, graph: Any) -> None:
    with _status(c) as status:
        c.TF_CloseSession(session, status)
        c.TF_DeleteSession(session, status)
    c.TF_DeleteGraph(graph)
