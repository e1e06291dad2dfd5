"""Times PyTorch on demand, so that run.R can measure it in turn with the package.

Reads lines "layer pass dtype threads N C_in C_out H W kH kW sH sW pH pW opH opW groups dH dW s"
and answers each with the median of the times of calls made for s seconds, in milliseconds. The
backward pass is the operator that autograd calls, convolution_backward, for all three gradients.

Lines "network pass dtype threads seconds NxCxHxW WORD ..." have a network in words
(network_words.py). Its forward pass is that in eval; its "step" is one of training, in training
mode: forward, the gradients of half the sum of squares, and Adam.
"""
import functools
import statistics
import sys
import time

import torch
import torch.nn.functional as F

from network_words import parse


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


class Skip(torch.nn.Module):
    def __init__(self, branch):
        super().__init__()
        self.branch = branch

    def forward(self, x):
        return torch.cat([x, self.branch(x)], 1)


class CroppedSum(torch.nn.Module):
    def __init__(self, branch, border):
        super().__init__()
        self.branch = branch
        self.border = border

    def forward(self, x):
        return F.pad(x, (-self.border,) * 4) + self.branch(x)


class Weighed(torch.nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        nn = torch.nn
        self.weights = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, hidden, 1), nn.ReLU(),
                                     nn.Conv2d(hidden, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.weights(x)


def module(name, numbers):
    nn = torch.nn
    if name == "(":
        return Skip(network(*numbers))
    if name == "[":
        return CroppedSum(network(numbers[0]), numbers[1])
    if name == "se":
        return Weighed(*numbers)
    if name in "ct":
        c_in, c_out, *rest = numbers
        return (nn.Conv2d if name == "c" else nn.ConvTranspose2d)(c_in, c_out, *rest)
    return {"b": nn.BatchNorm2d, "m": nn.MaxPool2d, "leaky": nn.LeakyReLU, "relu": nn.ReLU,
            "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[name](*numbers)


def network(steps):
    return torch.nn.Sequential(*[module(*step) for step in steps])


@functools.lru_cache(maxsize=2)  # both types of the network that is being measured
def network_and_input(dtype, shape, *words):
    dtype = {"float32": torch.float32, "float64": torch.float64}[dtype]
    x = torch.rand(*map(int, shape.split("x")), dtype=dtype) - 0.5
    return network(parse(words)).to(dtype), x


def network_call(direction, dtype, shape, *words):
    net, x = network_and_input(dtype, shape, *words)
    net.train(direction == "step")
    if direction == "forward":
        def forward():
            with torch.no_grad():
                return net(x)
        return forward
    adam = torch.optim.Adam(net.parameters())

    def step():
        adam.zero_grad()
        ((net(x) ** 2).sum() / 2).backward()
        adam.step()
    return step


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
    if layer == "network":
        seconds, *words = [*sizes, seconds]
        call = network_call(direction, dtype, *words)
        print(median_time(call, float(seconds)) * 1e3, flush=True)
        continue
    with torch.no_grad():
        call = make_call(layer, direction, dtype, *map(int, sizes))
        print(median_time(call, float(seconds)) * 1e3, flush=True)
