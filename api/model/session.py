"""The fast engine: TensorFlow's C library, called without its Python package. The service's only use of ctypes.

Measured against the plain engine (`api.model.saved_model`) with an LSTM of 64 units, one worker: 401 MB of memory
instead of 757; ready after 2 seconds instead of 9; 1.3 ms of processor time for a lone request instead of 1.6, and
0.59 ms instead of 0.63 for one of 16 at once. The answers are equal to the last bit. TEXTLAB_API_ENGINE chooses.

The functions belong to the stable interface of tensorflow/c/c_api.h and tf_tensor.h, in the library that the Python
package ships. They run a session of TensorFlow 1, which alone keeps a whole call in the calling thread: TensorFlow 2
hands the call to another thread and back.
"""

import ctypes
import math
import os
import re
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import c_char_p, c_int64, c_size_t, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from api.model.engine import EngineError, GraphSignature, check_output
from api.model.explanation import OUTPUTS, WORD_OUTPUTS
from api.model.tensorflow_library import Deallocator, Output, library, status_of
from api.model.tensorflow_messages import message

STRING = 7  # in tensorflow/c/tf_datatype.h
FLOAT = 1
INT = 3
BOOL = 10
KINDS: dict[int, tuple[str, Any]] = {
    FLOAT: ("float32", ctypes.c_float),
    INT: ("int32", ctypes.c_int32),
    BOOL: ("bool", ctypes.c_bool),
}
INTEGERS = ("starts", "ends")  # the outputs of an explanation that are no float32
STRING_BYTES = 24
SERVING = b"serve"
TENSOR = re.compile(r"(?P<operation>[^:\0]+):(?P<index>[0-9]{1,9})")  # C would cut a name at NUL


class Session:
    """A SavedModel that TensorFlow's C library runs. See `api.model.engine.Engine`.

    Raises:
        EngineError: the SavedModel cannot be loaded, or it lacks the signature's tensors.
    """

    def __init__(self, folder: Path, signature: GraphSignature, threads: int) -> None:
        self._library = library()
        self._graph = self._library.TF_NewGraph()
        try:
            self._session = self._load(folder, threads)
        except BaseException:
            self._library.TF_DeleteGraph(self._graph)
            raise
        # At the end of the process, other threads may still use the session.
        weakref.finalize(self, _close, self._library, self._session, self._graph).atexit = False
        self._names = tuple(signature.inputs)
        count = len(self._names)
        self._inputs = (Output * count)(*(self._find(tensor) for tensor in signature.inputs.values()))
        self._tensors = c_void_p * count
        tensors = [signature.output_tensor, *([signature.truncated] if signature.truncated else [])]
        self._outputs, self._size = (Output * len(tensors))(*map(self._find, tensors)), signature.size
        self._explain_inputs: Any = None
        self._explain_outputs: Any = None
        if signature.explain is not None:
            given = (signature.explain.text, signature.explain.target)
            self._explain_inputs = (Output * len(given))(*map(self._find, given))
            found = [signature.explain.outputs[name] for name in OUTPUTS]
            self._explain_outputs = (Output * len(found))(*map(self._find, found))

    def predict(self, inputs: Mapping[str, Sequence[bytes]]) -> np.ndarray:
        """The output, float32 (n, k), for n examples."""
        return self.predict_and_tell(inputs)[0]

    def predict_and_tell(self, inputs: Mapping[str, Sequence[bytes]]) -> tuple[np.ndarray, np.ndarray]:
        """The output, float32 (n, k), and which texts were not read to their end, bool (n,)."""
        c, size = self._library, len(inputs[self._names[0]])
        given = self._tensors(*[_string_tensor(c, inputs[name]) for name in self._names])
        with self._run(self._inputs, given, self._outputs) as results:
            answer = _array(c, results[0], (size, self._size))
            return answer, _array(c, results[1], (size,), BOOL) if len(results) > 1 else np.zeros(size, bool)

    def explain(self, text: bytes, target: int) -> dict[str, np.ndarray]:
        """The outputs of the signature `explain` for one text by name: (1, words) or (1,)."""
        c = self._library
        if self._explain_inputs is None:
            raise EngineError("The graph has no signature that explains.")
        given = (c_void_p * 2)(_string_tensor(c, [text]), _integer_tensor(c, target))
        with self._run(self._explain_inputs, given, self._explain_outputs) as results:
            words = c.TF_Dim(results[0], 1) if c.TF_NumDims(results[0]) == 2 else -1
            if not 0 <= words <= len(text):
                raise EngineError("The graph explains more words than a text has characters.")
            return {
                name: _array(
                    c, result, (1, words) if name in WORD_OUTPUTS else (1,), INT if name in INTEGERS else FLOAT
                )
                for name, result in zip(OUTPUTS, results, strict=True)
            }

    @contextmanager
    def _run(self, inputs: Any, given: Any, outputs: Any) -> Iterator[Any]:
        """Compute tensors of the graph, and free them and those that were given at the end."""
        c, count = self._library, len(outputs)
        results = (c_void_p * count)()
        try:
            with status_of(c) as status:
                ends = (outputs, results, count, None, 0, None, status)
                c.TF_SessionRun(self._session, None, inputs, given, len(given), *ends)
                if c.TF_GetCode(status):
                    raise EngineError(f"TensorFlow could not compute an answer (code {c.TF_GetCode(status)}).")
            yield results
        finally:
            for tensor in given:
                c.TF_DeleteTensor(tensor)
            for tensor in filter(None, results):
                c.TF_DeleteTensor(tensor)

    def cancel(self) -> None:
        """End the calls in progress, and refuse later ones. Even a loop that never ends checks for this."""
        with status_of(self._library) as status:
            self._library.TF_CloseSession(self._session, status)

    def _load(self, folder: Path, threads: int) -> Any:
        c = self._library
        config = message("ConfigProto", "tensorflow.core.protobuf.config_pb2")(
            intra_op_parallelism_threads=threads, inter_op_parallelism_threads=-1
        ).SerializeToString()
        options = c.TF_NewSessionOptions()
        try:
            with status_of(c) as status:
                c.TF_SetConfig(options, config, len(config), status)
                _raise_if_failed(c, status)
                tags = (c_char_p * 1)(SERVING)
                path = os.fsencode(folder)
                session = c.TF_LoadSessionFromSavedModel(options, None, path, tags, 1, self._graph, None, status)
                _raise_if_failed(c, status)
                return session
        finally:
            c.TF_DeleteSessionOptions(options)

    def _find(self, tensor: str) -> Output:
        c, matched = self._library, TENSOR.fullmatch(tensor)
        operation = matched and c.TF_GraphOperationByName(self._graph, matched["operation"].encode())
        # The index is checked here, since a C integer would wrap around.
        if not matched or not operation or int(matched["index"]) >= c.TF_OperationNumOutputs(operation):
            raise EngineError(f"The graph has no tensor {tensor!r}.")
        return Output(operation, int(matched["index"]))


def _string_tensor(c: Any, texts: Sequence[bytes]) -> int:
    """A tensor with its own copy of the strings, because the graph may keep it after the call."""
    length = STRING_BYTES * len(texts)
    start = _memory().malloc(max(length, 1))
    for place, text in zip(range(start, start + length, STRING_BYTES), texts, strict=True):
        c.TF_StringInit(place)
        c.TF_StringCopy(place, text, len(text))
    return c.TF_NewTensor(STRING, (c_int64 * 1)(len(texts)), 1, start, length, _free_strings, None)


def _integer_tensor(c: Any, value: int) -> int:
    """A tensor int32 (1,)."""
    start = _memory().malloc(ctypes.sizeof(ctypes.c_int32))
    ctypes.c_int32.from_address(start).value = value
    return c.TF_NewTensor(INT, (c_int64 * 1)(1), 1, start, ctypes.sizeof(ctypes.c_int32), _free, None)


@Deallocator
def _free(start: int, length: int, _: Any) -> None:
    _memory().free(start)


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


def _raise_if_failed(c: Any, status: Any) -> None:
    if c.TF_GetCode(status):
        raise EngineError(c.TF_Message(status).decode(errors="replace"))


def _array(c: Any, tensor: Any, expected: tuple[int, ...], kind: int = FLOAT) -> np.ndarray:
    name, element = KINDS[kind]
    shape = tuple(c.TF_Dim(tensor, axis) for axis in range(c.TF_NumDims(tensor)))
    check_output(c.TF_TensorType(tensor) == kind, shape, expected, name)
    numbers = (element * math.prod(expected)).from_address(c.TF_TensorData(tensor))
    return np.array(numbers, name).reshape(expected)


def _close(c: Any, session: Any, graph: Any) -> None:
    with status_of(c) as status:
        c.TF_CloseSession(session, status)
        c.TF_DeleteSession(session, status)
    c.TF_DeleteGraph(graph)
