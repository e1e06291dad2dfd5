"""Writes the ONNX model of a network, in eval, to the standard output.

python3 onnx_network.py NxCxHxW WORD ...  (words as in network_words.py)
"""
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from network_words import parse

random = np.random.default_rng(1)
nodes, tensors = [], []
activations = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}


def constant(least, most, *shape):
    name = f"w{len(tensors)}"
    values = random.uniform(least, most, shape).astype(np.float32)
    tensors.append(numpy_helper.from_array(values, name))
    return name


def node(kind, inputs, **attributes):
    name = f"y{len(nodes)}"
    nodes.append(helper.make_node(kind, inputs, [name], **attributes))
    return name


def layer(kind, x, c_in, c_out, kernel, stride, padding):
    shape = (c_out, c_in) if kind == "Conv" else (c_in, c_out)
    bound = 1 / np.sqrt(c_in * kernel * kernel)
    weight = constant(-bound, bound, *shape, kernel, kernel)
    return node(kind, [x, weight, constant(-bound, bound, c_out)], kernel_shape=[kernel] * 2,
                strides=[stride] * 2, pads=[padding] * 4)


def whole_numbers(*numbers):
    name = f"n{len(tensors)}"
    tensors.append(numpy_helper.from_array(np.array(numbers, np.int64), name))
    return name


def cropped(x, border):
    ends = whole_numbers(border, border), whole_numbers(-border, -border)
    return node("Slice", [x, *ends, whole_numbers(2, 3)])


def weighed(x, channels, hidden):
    y = layer("Conv", node("GlobalAveragePool", [x]), channels, hidden, 1, 1, 0)
    y = layer("Conv", node("Relu", [y]), hidden, channels, 1, 1, 0)
    return node("Mul", [x, node("Sigmoid", [y])])


def build(steps, x):
    for name, numbers in steps:
        if name == "(":
            x = node("Concat", [x, build(*numbers, x)], axis=1)
        elif name == "[":
            x = node("Add", [cropped(x, numbers[1]), build(numbers[0], x)])
        elif name == "se":
            x = weighed(x, *numbers)
        elif name in "ct":
            x = layer("Conv" if name == "c" else "ConvTranspose", x, *numbers)
        elif name == "b":
            x = node("BatchNormalization", [x] + [constant(0.5, 1.5, *numbers) for _ in range(4)])
        elif name == "m":
            x = node("MaxPool", [x], kernel_shape=numbers * 2, strides=numbers * 2)
        elif name == "leaky":
            x = node("LeakyRelu", [x], alpha=numbers[0])
        else:
            x = node(activations[name], [x])
    return x


shape = [int(n) for n in sys.argv[1].split("x")]
y = build(parse(sys.argv[2:]), "x")
graph = helper.make_graph(
    nodes, "network", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
    [helper.make_tensor_value_info(y, TensorProto.FLOAT, None)], tensors)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 8
sys.stdout.buffer.write(model.SerializeToString())
