"""Makes the stored reference cases in tests/testthat/fixtures from PyTorch, in float64.

Run from the top of the repository:

    python3 tools/make_fixtures.py

It needs PyTorch and NumPy, which the package and its tests do not. It writes

    cases.tsv         one case a line: the arguments, and the shape of PyTorch's result
    results.bin.gz    the results one after the other, as little-endian doubles
    gradients.bin.gz  for each layer the gradients of its input, weight and, where there is one,
                      bias, times 97^2, as little-endian integers of four bytes
    sizes.tsv         the range of sizes that PyTorch's output_size accepts

the cases of tools/fixture_modules.py and tools/fixture_training.py beside them, and the networks of tools/fixture_networks.py into
inst/extdata.

Nothing else is stored of the cases: arrays are computed by the same formula here (values()) and in
tests/testthat/helper-fixtures.R, exact in double precision on both sides. Element k (from 0, in
column-major order, R's) of the array with the number `seed` is

    ((k * 7919 + seed * 104729) mod 1009 - 504) / 97

and in case i (from 1) the input has the seed 3i, the weight 3i + 1, the bias 3i + 2 and the gradient
of the result 3i + 1500. All numbers are so many 97ths; so gradients, sums of products of two of
them, are whole numbers after multiplication by 97^2, but for PyTorch's rounding.

tools/fixture_cases.py has the cases. Their kinds, column `kind`:

    conv_transpose2d  F.conv_transpose2d; with an output_size the module torch.nn.ConvTranspose2d;
                      with what PyTorch refuses (a padding mode, padding on four sides, an
                      output_padding with `extend`), the definition: the gradient of the
                      convolution with respect to its input; with "same", for which there is no
                      PyTorch either, that of TensorFlow's convolution of that name, whose
                      padding is computed from the size of its input
    conv2d            torch.nn.Conv2d; with padding on four sides, F.pad and F.conv2d
    pad               F.pad, where `padding` is (left, right[, top, bottom])

The same PyTorch on the same machine gives the same files, byte for byte; elsewhere the last bits
of the results may differ.
"""

import gzip
import itertools
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.stateless import functional_call

sys.dont_write_bytecode = True  # leaves no folder next to fixture_cases.py
from fixture_cases import COLUMNS, all_cases
from fixture_geometry import out_channels, sides, span, transposed_size
from fixture_modules import write_modules
from fixture_networks import write_networks
from fixture_training import write_training

FOLDER = os.path.join("tests", "testthat", "fixtures")


# Results -----------------------------------------------------------------------------------------

def values(shape, seed):
    k = np.arange(math.prod(shape), dtype=np.int64)
    cells = ((k * 7919 + seed * 104729) % 1009 - 504) / 97
    return torch.from_numpy(np.ascontiguousarray(cells.reshape(shape, order="F")))


def run_case(case, number):
    """The result, and the gradients of sum(result * grad_output) for a layer."""
    x = values(case["input"], 3 * number)
    if case["kind"] == "pad":
        return run_pad(case, x), []
    weight = values(case["weight"], 3 * number + 1)
    bias = values((out_channels(case),), 3 * number + 2) if case["bias"] else None
    wanted = [array.requires_grad_() for array in [x, weight, bias] if array is not None]
    result = run_layer(case, x, weight, bias)
    grad_output = values(result.shape, 3 * number + 1500)
    return result.detach(), torch.autograd.grad(result, wanted, grad_output)


def run_layer(case, x, weight, bias):
    if case["kind"] == "conv2d":
        return run_conv2d(case, x, weight, bias)
    if case["padding_mode"] != "zeros" or not is_pair(case["padding"]) or case["extend"]:
        return run_gradient(case, x, weight, bias)
    if case["output_size"] is not None:
        return run_output_size(case, x, weight, bias)
    return F.conv_transpose2d(
        x, weight, bias, case["stride"], case["padding"], case["output_padding"], case["groups"],
        case["dilation"],
    )


def run_pad(case, x):
    if case["padding_mode"] == "constant":
        return F.pad(x, case["padding"], "constant", case["value"])
    return F.pad(x, case["padding"], case["padding_mode"])


def is_pair(padding):
    return padding != "same" and len(padding) == 2


def run_conv2d(case, x, weight, bias):
    if x.dim() == 3:  # where PyTorch cannot pad by every mode
        return run_conv2d(case, x[None], weight, bias)[0]
    if not isinstance(case["padding"], str) and len(case["padding"]) == 4:
        return run_sides(case, x, weight, bias)
    module = torch.nn.Conv2d(
        x.shape[1], weight.shape[0], tuple(weight.shape[2:]), case["stride"], case["padding"],
        case["dilation"], case["groups"], bias is not None, case["padding_mode"],
        dtype=torch.float64,
    )
    return run_module(module, weight, bias, x)


def run_sides(case, x, weight, bias):
    (top, bottom), (left, right) = sides(case)
    mode = case["padding_mode"].replace("zeros", "constant")
    padded = F.pad(x, (left, right, top, bottom), mode)
    return F.conv2d(
        padded, weight, bias, case["stride"], 0, case["dilation"], case["groups"]
    )


def run_module(module, weight, bias, *arguments):
    """What the module returns with these parameters in the place of its own."""
    parameters = {"weight": weight, "bias": bias}
    present = {name: value for name, value in parameters.items() if value is not None}
    return functional_call(module, present, arguments)


def run_output_size(case, x, weight, bias):
    module = torch.nn.ConvTranspose2d(
        x.shape[-3], out_channels(case), tuple(weight.shape[2:]), case["stride"], case["padding"],
        case["output_padding"], case["groups"], bias is not None, case["dilation"],
        dtype=torch.float64,
    )
    return run_module(module, weight, bias, x, list(case["output_size"]))


def run_gradient(case, x, weight, bias):
    """The gradient of sum(conv(large) * x) with respect to `large`, which has the result's size."""
    if x.dim() == 3:
        return run_gradient(case, x[None], weight, bias)[0]
    channels = out_channels(case)
    large = torch.zeros(
        x.shape[0], channels, *transposed_size(case), dtype=torch.float64, requires_grad=True
    )
    forward = run_conv2d if is_pair(case["padding"]) else run_sides
    small = forward(case, large, weight, None)
    # An output_padding of a stride or more makes room for further cells, which x does not have.
    spare = [op // s for op, s in zip(case["output_padding"], case["stride"])]
    assert [a - b for a, b in zip(small.shape[2:], x.shape[2:])] == spare
    inner = (small[:, :, :x.shape[2], :x.shape[3]] * x).sum()
    result, = torch.autograd.grad(inner, large, create_graph=True)
    if case["padding_mode"] == "zeros":
        assert torch.allclose(result, cut(case, x, weight), rtol=0, atol=1e-9)
    return result if bias is None else result + bias[:, None, None]


def cut(case, x, weight):
    """The same in another way: PyTorch's result without padding, cropped or extended by zeros.

    For "same", the cells to crop are those of ONNX's auto_pad = SAME_UPPER.
    """
    whole = F.conv_transpose2d(
        x, weight, None, case["stride"], 0, 0, case["groups"], case["dilation"]
    )
    first = [side[0] for side in sides(case)]
    if case["padding"] == "same":
        total = [span(d, k) - s for d, k, s in
                 zip(case["dilation"], weight.shape[2:], case["stride"])]
        first = [max(t, 0) // 2 for t in total]
    height, width = transposed_size(case)
    whole = F.pad(whole, (0, max(first[1] + width - whole.shape[3], 0),
                          0, max(first[0] + height - whole.shape[2], 0)))
    return whole[:, :, first[0]:first[0] + height, first[1]:first[1] + width]


# Sizes -------------------------------------------------------------------------------------------

def size_table():
    """(input, kernel, dilation, stride, padding, smallest, largest) for one axis, by trial."""
    rows = []
    for row in itertools.product([1, 4, 7], range(1, 5), range(1, 5), range(1, 4), range(3)):
        accepted = accepted_sizes(*row)
        if accepted:
            assert accepted == list(range(accepted[0], accepted[-1] + 1))
            rows.append(row + (accepted[0], accepted[-1]))
    return rows


def accepted_sizes(size, kernel, dilation, stride, padding):
    module = torch.nn.ConvTranspose2d(
        1, 1, (kernel, 1), (stride, 1), (padding, 0), dilation=(dilation, 1)
    )
    largest = size * stride + kernel * dilation + 2  # two more than can be reached
    return [out for out in range(1, largest) if accepts(module, torch.zeros(1, 1, size, 1), out)]


def accepts(module, x, size):
    try:
        return module(x, output_size=[size, 1]).shape[2] == size
    except ValueError:
        return False


# Files -------------------------------------------------------------------------------------------

def text(value):
    if value is None:
        return "-"
    if isinstance(value, (tuple, list, torch.Size)):
        return ",".join(str(number) for number in value)
    if isinstance(value, bool):
        return str(value).upper()
    return str(value)


def write_table(name, about, columns, rows):
    with open(os.path.join(FOLDER, name), "w", encoding="ascii", newline="\n") as file:
        file.write("# %s, by PyTorch %s; made by tools/make_fixtures.py\n"
                   % (about, torch.__version__))
        for row in [columns] + rows:
            file.write("\t".join(text(value) for value in row) + "\n")


def in_one(arrays):
    return np.concatenate([array.numpy().ravel(order="F") for array in arrays])


def whole_numbers(gradients):
    exact = np.round(in_one(gradients) * 97**2)
    assert np.abs(exact - in_one(gradients) * 97**2).max() < 1e-6
    assert np.abs(exact).max() < 2**31
    return exact


def write_numbers(name, numbers, kind):
    with open(os.path.join(FOLDER, name), "wb") as file:
        # Neither a name nor a time, so that the bytes depend on the results only.
        with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write(numbers.astype(kind).tobytes())
    return len(numbers)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)  # of initial weights, all of which are replaced
    os.makedirs(FOLDER, exist_ok=True)
    cases = all_cases()
    results = []
    gradients = []
    for number, case in enumerate(cases, start=1):
        result, of_case = run_case(case, number)
        assert torch.isfinite(result).all()
        case["result"] = tuple(result.shape)
        results.append(result)
        gradients += of_case
    write_table("cases.tsv", "Reference cases", COLUMNS,
                [[case[column] for column in COLUMNS] for case in cases])
    count = write_numbers("results.bin.gz", in_one(results), "<f8")
    count += write_numbers("gradients.bin.gz", whole_numbers(gradients), "<i4")
    sizes = size_table()
    write_table("sizes.tsv", "Sizes that output_size accepts on one axis",
                ["input", "kernel", "dilation", "stride", "padding", "smallest", "largest"],
                [list(row) for row in sizes])
    write_networks()
    write_modules()
    write_training()
    print("%d cases, %d values, %d rows of sizes" % (len(cases), count, len(sizes)))


if __name__ == "__main__":
    main()
