"""Dense layers with weights and inputs of eight bits."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textlab.models.transformer.graph.dense import Dense
from textlab.models.transformer.graph.norms import activated

OPERATION = "_QuantizedMatMul"
LARGEST = 127  # the largest int8 in use; -128 has no counterpart
# A processor without VNNI adds two products, of inputs moved to 0 to 254, in 16 bits. Weights of up to 64 keep that sum
# below 32,768, so a model answers the same on every processor.
LARGEST_WEIGHT = 64
TINY = 1e-6  # stands for zero where a number is divided by
AFTER_ACTIVATION = ".outer"  # layers whose inputs come from an activation
FUSED = {"": (), "gelu": ("GeluExact",), "gelu_tanh": ("GeluApproximate",), "relu": ("Relu",)}
LEAST = {"gelu": -0.17, "gelu_tanh": -0.1701, "relu": 0.0}  # the least number that comes out of an activation

Largest = Mapping[str, np.ndarray]


class Int8Dense(Dense):
    """Dense layers as products of int8 (Jacob et al. 2018, "Quantization and training of neural networks").

    Weights have a scale for each column and use 7 of the 8 bits. Inputs have a scale for each layer, after each of
    their columns was divided by a factor that its row of weights takes over, so that a few large columns do not make
    all others coarse (Xiao et al. 2023, "SmoothQuant", equation 4). What comes out of an activation varies more, so
    that there each token has a scale of its own. Layers of which no inputs were seen stay in float32.

    Args:
        largest: for each layer the largest absolute inputs that were seen, float32 (inputs,); larger inputs count as
            the largest.
    """

    def __init__(self, largest: Largest) -> None:
        super().__init__()
        self._seen = largest
        self._ranges: dict[str, tuple[float, float]] = {}  # the ends of each layer's inputs, as oneDNN needs them

    def add(self, name: str, kernel: np.ndarray, bias: np.ndarray | None) -> None:
        """Store a layer, with weights rounded to int8 if its inputs are known."""
        import tensorflow as tf

        if name not in self._seen:
            super().add(name, kernel, bias)
            return
        by_token = name.endswith(AFTER_ACTIVATION)
        factors = np.ones(len(kernel)) if by_token else _factors(self._seen[name], kernel)
        largest = float(LARGEST) if by_token else float((self._seen[name] / factors).max()) or 1.0
        kernel = kernel * factors[:, None]
        columns = np.maximum(np.abs(kernel).max(axis=0) * (LARGEST / LARGEST_WEIGHT), TINY).astype(np.float32)
        weight = np.rint(kernel * (LARGEST / columns)).astype(np.int8)
        # A fraction of the inputs' range is unused by oneDNN and tells the layers of all models apart, see `_product`.
        self._ranges[name] = (-largest * _fraction(columns), largest)
        stored = {
            "weight": weight,
            "columns": columns,
            "bias": np.zeros(len(columns), np.float32) if bias is None else bias,
        }
        if by_token:
            stored["sums"] = (weight.sum(axis=0, dtype=np.int64) * (columns / LARGEST)).astype(np.float32)
        else:
            stored["factors"] = (LARGEST / largest / factors).astype(np.float32)
        for part, numbers in stored.items():
            self.variables[f"{name}.{part}"] = tf.Variable(numbers, trainable=False)

    def __call__(self, inputs: Any, name: str, activation: str = "") -> Any:
        """Return the layer's outputs; see `Dense`."""
        import tensorflow as tf

        if name not in self._ranges:
            return super().__call__(inputs, name, activation)
        if name.endswith(AFTER_ACTIVATION):
            return self._product_by_token(inputs, name, tf.reduce_min(inputs, axis=-1, keepdims=True))
        rounded = _rounded(inputs * self.variables[f"{name}.factors"])
        outputs = self._product(rounded, name, self.variables[f"{name}.bias"], FUSED.get(activation, ()))
        return outputs if activation in FUSED else activated(outputs, activation)

    def in_float32(self) -> Dense:
        """Return the layers with the same weights, rounded to int8, and with inputs that are not rounded."""
        return _RoundedWeights(self)

    def weight_in_float32(self, name: str) -> Any:
        """Return the weights of a layer and what its inputs are multiplied by, float32 (inputs, outputs) and (inputs,).

        The second is None for a layer whose inputs are not multiplied.
        """
        import tensorflow as tf

        weight = self.variables[f"{name}.weight"]
        if name not in self._ranges:
            return weight, None
        weight = tf.cast(weight, tf.float32) * (self.variables[f"{name}.columns"] / LARGEST)
        if name.endswith(AFTER_ACTIVATION):
            return weight, None
        return weight, self.variables[f"{name}.factors"] * (self._ranges[name][1] / LARGEST)

    def fed_forward(self, inputs: Any, inner: str, outer: str, activation: str) -> Any:
        """Return the outputs of two layers; see `Dense`."""
        if outer not in self._ranges or activation not in LEAST:
            return super().fed_forward(inputs, inner, outer, activation)
        return self._product_by_token(self(inputs, inner, activation), outer, LEAST[activation])

    def _product_by_token(self, inputs: Any, name: str, least: Any) -> Any:
        """Return the outputs of a layer where each token has a scale of its own.

        Args:
            inputs: float32 (m, inputs); x = step * (rounded + LARGEST) + least for each of a token's inputs x.
            name: the layer's name.
            least: the least input, of each token (m, 1) or of all.
        """
        import tensorflow as tf

        steps = tf.maximum(tf.reduce_max(inputs, axis=-1, keepdims=True) - least, TINY) / (2 * LARGEST)
        rounded = _rounded(inputs * (1 / steps) - (LARGEST + least / steps))
        sums, bias = self.variables[f"{name}.sums"], self.variables[f"{name}.bias"]
        return self._product(rounded, name, LARGEST * sums) * steps + (bias + least * sums)

    def _product(self, rounded: Any, name: str, bias: Any, fused: Sequence[str] = ()) -> Any:
        """Return the outputs float32 (m, outputs) of a layer for inputs qint8 (m, inputs).

        oneDNN keeps the scales of a product by the address of `columns`, and would take those of a model that was at
        the same address before. The lower end of the inputs' range, which it compares by value, prevents that.

        Args:
            rounded: the inputs.
            name: the layer's name.
            bias: float32 (outputs,).
            fused: what oneDNN applies to the outputs.
        """
        import tensorflow as tf

        columns = self.variables[f"{name}.columns"].read_value()
        weight = tf.bitcast(self.variables[f"{name}.weight"].read_value(), tf.qint8)
        ranges = [*map(tf.constant, self._ranges[name]), columns, columns]
        return _int8_product([rounded, weight, tf.convert_to_tensor(bias)], ranges, ["BiasAdd", *fused, "Dequantize"])


class _RoundedWeights(Dense):
    """The layers of `Int8Dense` in float32."""

    def __init__(self, layers: Int8Dense) -> None:
        super().__init__()
        self._layers, self.variables = layers, layers.variables

    def __call__(self, inputs: Any, name: str, activation: str = "") -> Any:
        """Return the layer's outputs; see `Dense`."""
        import tensorflow as tf

        weight, factors = self._layers.weight_in_float32(name)
        product = tf.matmul(inputs if factors is None else inputs * factors, weight)
        bias = self.variables.get(f"{name}.bias")
        outputs = product if bias is None else tf.nn.bias_add(product, bias)
        return activated(outputs, activation) if activation else outputs


def _rounded(inputs: Any) -> Any:
    """Return numbers from -`LARGEST` to `LARGEST` as qint8; others become the nearest of these."""
    import tensorflow as tf

    bound = float(LARGEST)
    return tf.quantization.quantize(
        inputs, -bound, bound, tf.qint8, mode="SCALED", round_mode="HALF_TO_EVEN", narrow_range=True
    ).output


def _factors(inputs: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Return by what each column of the inputs is divided, so that inputs and weights are about equally large."""
    return np.sqrt(np.maximum(inputs, TINY) / np.maximum(np.abs(kernel).max(axis=1), TINY))


def _fraction(numbers: np.ndarray) -> float:
    """Return a number between 0 and 1 that is different for other numbers, with a probability of 2**-24."""
    return zlib.crc32(numbers.tobytes()) / 2**32


def _int8_product(inputs: Sequence[Any], ranges: Sequence[Any], fused: Sequence[str]) -> Any:
    """Return oneDNN's product of int8 matrices, float32 (m, n), with what follows it computed in the same pass.

    TensorFlow has no function for this operation, which its own optimizer uses, so the node is added by name.

    Args:
        inputs: qint8 (m, k), qint8 (k, n), and a bias float32 (n,).
        ranges: the two ends of the range of the inputs, and of each column of the weights.
        fused: the steps that follow the product.
    """
    import tensorflow as tf
    from tensorflow.core.framework.attr_value_pb2 import AttrValue

    def types(of: Sequence[Any]) -> AttrValue:
        return AttrValue(list=AttrValue.ListValue(type=[each.as_datatype_enum for each in of]))

    single = {"T1": tf.qint8, "T2": tf.qint8, "Tbias": tf.float32, "U": tf.float32, "Tout": tf.float32}
    attributes = {name: AttrValue(type=each.as_datatype_enum) for name, each in single.items()} | {
        "Tdevice_inputs": types([each.dtype for each in inputs]),
        "Thost_inputs": types([each.dtype for each in ranges]),
        "Tdevice_outputs": types([tf.float32]),
        "Thost_outputs": types([]),
        "fused_ops": AttrValue(list=AttrValue.ListValue(s=[each.encode() for each in fused])),
        "input_quant_mode": AttrValue(s=b"SCALED"),
        "output_quant_mode": AttrValue(s=b"SCALED"),
    }
    graph = tf.compat.v1.get_default_graph()
    node = graph.create_op(OPERATION, [*inputs, *ranges], [tf.float32], attrs=attributes, name="int8_product")
    (product,) = node.outputs
    product.set_shape([None, inputs[1].shape[1]])
    return product
