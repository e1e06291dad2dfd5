"""Times PyTorch on demand, so that run.R can measure it in turn with the package.

Reads lines "layer dtype threads N C_in C_out H W kH kW sH sW pH pW opH opW groups dH dW seconds"
and answers each with the median of the times of calls made for that long, in milliseconds.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F


def measure(layer, dtype, threads, n, c_in, c_out, h, w, kh, kw, sh, sw, ph, pw, oph, opw, groups,
            dh, dw, seconds):
    torch.set_num_threads(int(threads))
    n, c_in, c_out, h, w, kh, kw, groups = map(int, (n, c_in, c_out, h, w, kh, kw, groups))
    stride, padding, dilation = (int(sh), int(sw)), (int(ph), int(pw)), (int(dh), int(dw))
    dtype = {"float32": torch.float32, "float64": torch.float64}[dtype]
    x = torch.rand(n, c_in, h, w, dtype=dtype) - 0.5
    if layer == "conv_transpose2d":
        weight = torch.rand(c_in, c_out // groups, kh, kw, dtype=dtype) - 0.5
    else:
        weight = torch.rand(c_out, c_in // groups, kh, kw, dtype=dtype) - 0.5
    bias = torch.rand(c_out, dtype=dtype)

    def call():
        if layer == "conv_transpose2d":
            op = (int(oph), int(opw))
            return F.conv_transpose2d(x, weight, bias, stride, padding, op, groups, dilation)
        return F.conv2d(x, weight, bias, stride, padding, dilation, groups)

    times = []
    with torch.no_grad():
        call()
        begin = time.perf_counter()
        while time.perf_counter() - begin < float(seconds) or len(times) < 3:
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


print(torch.__version__, flush=True)
for line in sys.stdin:
    print(measure(*line.split()), flush=True)
