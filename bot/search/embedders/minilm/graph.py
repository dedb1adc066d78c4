"""The network of all-MiniLM-L6-v2 as an ONNX graph, made from its published weights.

BERT with six layers (https://arxiv.org/abs/1810.04805), the mean over the tokens, and that brought to length 1:
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

LAYERS, HEADS, WIDTH = 6, 12, 384
_OPSET = 20
_FLOAT, _INT = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
Array = NDArray[Any]


def build(weights: Path, model: Path) -> None:
    """Write the network with weights of 8 bits, 23 MB.

    Two settings keep the vectors near those of the full weights (cosine 0.992): a scale for each channel, and 7 bits
    where the processor would overflow with 8. Takes a few seconds and 300 MB of memory.

    Args:
        weights: the file `model.safetensors`.
        model: the file that is made.
    """
    quantize_dynamic(
        _GraphBuilder(_tensors(weights)).build(),
        model,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )


def _tensors(file: Path) -> dict[str, Array]:
    """The weights by name: https://huggingface.co/docs/safetensors/index#format"""
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    begin = 8 + length
    return {
        name: np.frombuffer(data, "<f4", (said["data_offsets"][1] - said["data_offsets"][0]) // 4,
                            begin + said["data_offsets"][0]).reshape(said["shape"])
        for name, said in header.items()
        if said.get("dtype") == "F32"
    }  # fmt: skip


class _GraphBuilder:
    """Builds the graph; each method adds the nodes of one part and returns the name of what comes out."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def build(self) -> onnx.ModelProto:
        words = self._embeddings()
        far = self._op("Sub", self._op("Cast", "mask", to=_FLOAT), self._constant(np.float32(1)))
        bias = self._op("Unsqueeze", self._op("Mul", far, self._constant(np.float32(1e4))), self._constant([1, 2]))
        for number in range(LAYERS):
            words = self._layer(f"encoder.layer.{number}.", words, bias)
        self._op("Identity", self._mean_pooling(words), out="vectors")
        batch = ["batch", "tokens"]
        inputs = [helper.make_tensor_value_info(name, _INT, batch) for name in ("tokens", "mask")]
        outputs = [helper.make_tensor_value_info("vectors", _FLOAT, ["batch", WIDTH])]
        graph = helper.make_graph(self.nodes, "all-MiniLM-L6-v2", inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
        # Else the quantizer logs that shapes could be worked out first; these weights need no such thing.
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        return model

    def _op(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        name = out or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _embeddings(self) -> str:
        own = "embeddings."
        words = self._op("Gather", self._constant(self.weights[own + "word_embeddings.weight"]), "tokens")
        # Each text is one segment, so the first segment's vector belongs to every place.
        fixed = self.weights[own + "position_embeddings.weight"] + self.weights[own + "token_type_embeddings.weight"][0]
        length = self._op("Gather", self._op("Shape", "tokens"), self._constant([1]))
        places = self._op("Slice", self._constant(fixed), self._constant([0]), length)
        return self._layer_norm(own + "LayerNorm.", self._op("Add", words, places))

    def _layer(self, own: str, words: str, bias: str) -> str:
        attended = self._linear(own + "attention.output.dense.", self._attention(own + "attention.self.", words, bias))
        words = self._layer_norm(own + "attention.output.LayerNorm.", self._op("Add", attended, words))
        wide = self._op("Gelu", self._linear(own + "intermediate.dense.", words))
        return self._layer_norm(
            own + "output.LayerNorm.", self._op("Add", self._linear(own + "output.dense.", wide), words)
        )

    def _attention(self, own: str, words: str, bias: str) -> str:
        query, key, value = (self._heads(self._linear(f"{own}{part}.", words)) for part in ("query", "key", "value"))
        scores = self._op("MatMul", query, self._op("Transpose", key, perm=[0, 1, 3, 2]))
        scale = self._constant(np.float32((WIDTH / HEADS) ** -0.5))
        scores = self._op("Add", self._op("Mul", scores, scale), bias)
        mixed = self._op("MatMul", self._op("Softmax", scores, axis=-1), value)
        return self._op("Reshape", self._op("Transpose", mixed, perm=[0, 2, 1, 3]), self._constant([0, 0, WIDTH]))

    def _heads(self, values: str) -> str:
        split = self._op("Reshape", values, self._constant([0, 0, HEADS, WIDTH // HEADS]))
        return self._op("Transpose", split, perm=[0, 2, 1, 3])

    def _linear(self, own: str, values: str) -> str:
        product = self._op("MatMul", values, self._constant(self.weights[own + "weight"].T))
        return self._op("Add", product, self._constant(self.weights[own + "bias"]))

    def _layer_norm(self, own: str, values: str) -> str:
        scale, shift = (self._constant(self.weights[own + part]) for part in ("weight", "bias"))
        return self._op("LayerNormalization", values, scale, shift, axis=-1, epsilon=1e-12)

    def _mean_pooling(self, words: str) -> str:
        weight = self._op("Unsqueeze", self._op("Cast", "mask", to=_FLOAT), self._constant([2]))
        total = self._op("ReduceSum", self._op("Mul", words, weight), self._constant([1]), keepdims=0)
        length = self._op("ReduceL2", total, self._constant([1]), keepdims=1)
        return self._op("Div", total, length)
