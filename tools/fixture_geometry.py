"""The geometry of the cases of fixture_cases.py, for choosing legal ones.

The results and their shapes are PyTorch's.
"""

import math

LARGEST = 360  # cells of a drawn case's result, so that the files stay small


def out_channels(case):
    weight = case["weight"]
    return weight[0] if case["kind"] == "conv2d" else weight[1] * case["groups"]


def sides(case):
    """((top, bottom), (left, right)), in whichever way `padding` gives them."""
    padding = case["padding"]
    if padding == "same":
        return [tensorflow_same(n, s, span(d, k)) for n, s, d, k in zip(
            case["input"][-2:], case["stride"], case["dilation"], case["weight"][2:])]
    if len(padding) == 4:
        return [padding[:2], padding[2:]]
    return [(p, p) for p in padding]


def span(dilation, kernel):
    return dilation * (kernel - 1) + 1


def tensorflow_same(small, stride, span):
    """The "SAME" padding of TensorFlow's convolution, for the size that it takes to `small`."""
    large = small * stride
    total = max((math.ceil(large / stride) - 1) * stride + span - large, 0)
    return total // 2, total - total // 2


def transposed_size(case):
    if case["padding"] == "same":
        return [n * s for n, s in zip(case["input"][-2:], case["stride"])]
    return [
        (n - 1) * s - sum(p) + span(d, k) + op
        for n, s, p, d, k, op in zip(
            case["input"][-2:], case["stride"], sides(case), case["dilation"],
            case["weight"][2:], case["output_padding"])
    ]


def conv_size(case):
    return [
        (n + sum(p) - span(d, k)) // s + 1
        for n, s, p, d, k in zip(
            case["input"][-2:], case["stride"], sides(case), case["dilation"],
            case["weight"][2:])
    ]


def mode_allows(case, size):
    """Whether an image of this size can be padded: reflect cannot repeat the edge."""
    spare = {"reflect": 1, "circular": 0}.get(case["padding_mode"], -math.inf)
    return all(max(p) + spare <= n for p, n in zip(sides(case), size))


def is_legal(case):
    if case["kind"] == "conv_transpose2d":
        size = transposed_size(case)
        fits = mode_allows(case, size)
    else:
        size = conv_size(case)
        fits = mode_allows(case, case["input"][-2:])
    cells = math.prod(case["input"][:-3]) * out_channels(case) * math.prod(size)
    return fits and min(size) >= 1 and cells <= LARGEST
