"""Writes the ONNX model of one layer to the standard output.

python3 onnx_model.py LAYER N C_in C_out H W kH kW sH sW pH pW opH opW groups dH dW
"""
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

layer = sys.argv[1]
n, c_in, c_out, h, w, kh, kw, sh, sw, ph, pw, oph, opw, groups, dh, dw = map(int, sys.argv[2:18])
random = np.random.default_rng(1)


def tensor(name, *shape):
    return numpy_helper.from_array(random.uniform(-0.5, 0.5, shape).astype(np.float32), name)


is_transposed = layer == "conv_transpose2d"
shape = (c_in, c_out // groups) if is_transposed else (c_out, c_in // groups)
more = {"output_padding": [oph, opw]} if is_transposed else {}
node = helper.make_node(
    "ConvTranspose" if is_transposed else "Conv", ["x", "w", "b"], ["y"], kernel_shape=[kh, kw],
    strides=[sh, sw], pads=[ph, pw, ph, pw], dilations=[dh, dw], group=groups, **more)
graph = helper.make_graph(
    [node], "layer", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [n, c_in, h, w])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    [tensor("w", *shape, kh, kw), tensor("b", c_out)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 8
sys.stdout.buffer.write(model.SerializeToString())
