"""Times PyTorch on demand, so that run.R can measure it in turn with the package.

Reads lines "layer pass dtype threads N C_in C_out H W kH kW sH sW pH pW opH opW groups dH dW s"
and answers each with the median of the times of calls made for s seconds, in milliseconds. The
backward pass is the operator that autograd calls, convolution_backward, for all three gradients.
"""
import functools
import statistics
import sys
import time

import torch
import torch.nn.functional as F


@functools.lru_cache(maxsize=2)  # both types of the shape that is being measured
def tensors(layer, dtype, n, c_in, c_out, h, w, kh, kw, groups):
    dtype = {"float32": torch.float32, "float64": torch.float64}[dtype]
    shape = (c_in, c_out // groups) if layer == "conv_transpose2d" else (c_out, c_in // groups)
    x = torch.rand(n, c_in, h, w, dtype=dtype) - 0.5
    weight = torch.rand(*shape, kh, kw, dtype=dtype) - 0.5
    return x, weight, torch.rand(c_out, dtype=dtype)


@functools.lru_cache(maxsize=2)
def gradient(dtype, shape):
    return torch.rand(shape, dtype=dtype) - 0.5


def make_call(layer, direction, dtype, n, c_in, c_out, h, w, kh, kw, sh, sw, ph, pw, oph, opw,
              groups, dh, dw):
    x, weight, bias = tensors(layer, dtype, n, c_in, c_out, h, w, kh, kw, groups)
    stride, padding, dilation = (sh, sw), (ph, pw), (dh, dw)
    transposed = layer == "conv_transpose2d"
    more = (oph, opw) if transposed else (0, 0)

    def forward():
        if transposed:
            return F.conv_transpose2d(x, weight, bias, stride, padding, more, groups, dilation)
        return F.conv2d(x, weight, bias, stride, padding, dilation, groups)

    if direction == "forward":
        return forward
    grad = gradient(x.dtype, forward().shape)
    return lambda: torch.ops.aten.convolution_backward(
        grad, x, weight, [c_out], stride, padding, dilation, transposed, more, groups, [True] * 3)


def median_time(call, seconds):
    times = []
    call()
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds or not times:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def blas():
    """The library of matrix products that has been loaded: the reference one is many times slower."""
    with open("/proc/self/maps") as maps:
        loaded = maps.read()
    for name in ("mkl", "openblas", "blis", "atlas"):
        if name in loaded:
            return name
    return "reference BLAS" if "libblas" in loaded else "its own BLAS"


print(torch.__version__, "with", blas(), flush=True)
for line in sys.stdin:
    layer, direction, dtype, threads, *sizes, seconds = line.split()
    torch.set_num_threads(int(threads))
    with torch.no_grad():
        call = make_call(layer, direction, dtype, *map(int, sizes))
        print(median_time(call, float(seconds)) * 1e3, flush=True)
