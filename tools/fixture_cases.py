"""The cases of tools/make_fixtures.py: which arguments the layers are tried with.

A case is a dictionary of COLUMNS. Pairs are (height, width), as in the package; shapes are those
of R's arrays. Some cases are chosen, the others drawn by a generator with a fixed seed.
"""

import numpy as np

from fixture_geometry import is_legal, out_channels, transposed_size

COLUMNS = [
    "kind", "about", "input", "weight", "bias", "stride", "padding", "output_padding", "dilation",
    "groups", "padding_mode", "output_size", "extend", "value", "result",
]
MODES = ["reflect", "replicate", "circular"]


def layer_case(kind, about, input, weight, **options):
    case = dict(
        kind=kind, about=about, input=input, weight=weight, bias=True, stride=(1, 1),
        padding=(0, 0), output_padding=(0, 0), dilation=(1, 1), groups=1, padding_mode="zeros",
        output_size=None, extend=False, value=None,
    )
    unknown = set(options) - set(case)
    assert not unknown, unknown
    case.update(options)
    return case


def transposed(about, input, weight, **options):
    return layer_case("conv_transpose2d", about, input, weight, **options)


def conv(about, input, weight, **options):
    return layer_case("conv2d", about, input, weight, output_padding=None, **options)


def pad_case(about, input, padding, mode, value=None):
    case = dict.fromkeys(COLUMNS)
    case.update(
        kind="pad", about=about, input=input, padding=padding, padding_mode=mode, value=value
    )
    return case


def unbatched(case):
    """The same case for the first image only."""
    return dict(case, input=case["input"][1:], about=case["about"] + ", unbatched")


# Transposed layer

def transposed_samples():
    """The sample inputs that PyTorch tests its own layer with."""
    about = "PyTorch's sample"
    samples = [
        transposed(about, (1, 3, 4, 4), (3, 3, 3, 3), stride=(2, 2), padding=(2, 2),
                   output_padding=(1, 1)),
        transposed(about, (2, 2, 4, 4), (2, 2, 4, 5), stride=(3, 2), padding=(1, 2),
                   output_padding=(2, 3), groups=2, dilation=(4, 4)),
        transposed(about, (1, 1, 4, 5), (1, 1, 4, 3), stride=(2, 2), padding=(1, 1),
                   output_padding=(1, 1), dilation=(2, 3)),
        transposed(about, (1, 1, 4, 3), (1, 2, 3, 4), bias=False, stride=(2, 2), padding=(1, 1),
                   output_padding=(1, 1)),
        transposed(about, (2, 8, 4, 4), (8, 1, 3, 3), bias=False, groups=4),
        transposed(about, (1, 4, 5, 5), (4, 8, 3, 3), bias=False),
    ]
    return samples + [unbatched(sample) for sample in samples]


def transposed_edges():
    """What implementations get wrong, one at a time."""
    return [
        transposed("one cell", (1, 1, 1, 1), (1, 1, 1, 1)),
        transposed("one cell writes the kernel", (1, 1, 1, 1), (1, 2, 3, 4)),
        transposed("one row", (2, 3, 1, 6), (3, 2, 1, 3), stride=(1, 2)),
        transposed("one column", (2, 3, 6, 1), (3, 2, 3, 1), stride=(2, 1)),
        transposed("1 x 1 kernel", (2, 4, 3, 5), (4, 3, 1, 1)),
        transposed("holes", (1, 2, 3, 4), (2, 3, 1, 2), stride=(3, 3)),
        transposed("holes without bias", (1, 2, 3, 4), (2, 3, 2, 1), stride=(3, 3), bias=False),
        transposed("output_padding beyond the full extent", (1, 2, 3, 3), (2, 2, 2, 2),
                   stride=(3, 3), output_padding=(2, 1)),
        transposed("output_padding uncovers sums", (1, 2, 4, 3), (2, 2, 3, 3), stride=(2, 2),
                   padding=(1, 1), output_padding=(1, 1)),
        transposed("output_padding = stride < dilation", (1, 2, 3, 4), (2, 2, 3, 2),
                   output_padding=(1, 1), dilation=(2, 2)),
        transposed("output_padding = stride < dilation", (2, 2, 3, 2), (2, 3, 2, 3),
                   stride=(2, 2), output_padding=(2, 2), dilation=(3, 3)),
        transposed("output_padding > stride", (1, 2, 3, 4), (2, 2, 2, 2), padding=(1, 2),
                   output_padding=(3, 2), dilation=(4, 3)),
        transposed("output_padding > stride, 1 x 1 kernel", (1, 2, 3, 4), (2, 2, 1, 1),
                   output_padding=(2, 3), dilation=(3, 4)),
        transposed("padding > dilation * (kernel - 1)", (1, 2, 5, 6), (2, 2, 1, 1),
                   padding=(1, 2)),
        transposed("padding > dilation * (kernel - 1)", (1, 2, 6, 5), (2, 2, 2, 3),
                   stride=(2, 2), padding=(4, 3)),
        transposed("padding > dilation * (kernel - 1)", (2, 2, 4, 5), (2, 3, 2, 2),
                   stride=(3, 2), padding=(4, 3), output_padding=(2, 1), dilation=(2, 1)),
        transposed("padding crops all but one cell", (1, 3, 3, 3), (3, 2, 3, 3), padding=(2, 2)),
        transposed("padding crops to a hole", (1, 1, 2, 2), (1, 1, 1, 1), stride=(2, 2),
                   padding=(1, 1)),
        transposed("groups, more channels out", (2, 4, 3, 3), (4, 3, 3, 2), stride=(2, 1),
                   groups=2),
        transposed("groups, fewer channels out", (2, 6, 3, 3), (6, 1, 2, 3), stride=(1, 2),
                   groups=2),
        transposed("groups of one channel in, three out", (1, 3, 3, 4), (3, 3, 3, 3),
                   padding=(1, 1), groups=3),
        transposed("groups, stride and dilation", (1, 6, 3, 3), (6, 2, 2, 3), stride=(2, 3),
                   padding=(1, 2), output_padding=(1, 2), groups=3, dilation=(3, 2)),
        transposed("depthwise", (2, 5, 4, 4), (5, 1, 3, 3), stride=(2, 2), padding=(1, 1),
                   groups=5),
        transposed("stride = kernel", (1, 3, 3, 4), (3, 4, 2, 2), stride=(2, 2)),
        transposed("doubles an image", (1, 2, 5, 4), (2, 3, 4, 4), stride=(2, 2), padding=(1, 1)),
        transposed("many channels", (1, 17, 3, 2), (17, 19, 3, 3), padding=(1, 1)),
        transposed("dilation without overlap", (1, 2, 3, 3), (2, 2, 2, 2), dilation=(4, 4)),
        transposed("a wide image", (1, 2, 2, 30), (2, 1, 3, 3), stride=(1, 2), padding=(0, 1)),
        transposed("a high image", (1, 2, 30, 2), (2, 1, 3, 3), stride=(2, 1), padding=(1, 0)),
    ]


def transposed_varied(rng, count):
    return collect(count, lambda: draw_transposed(rng, "varied"))


def transposed_output_sizes(rng, count):
    """Sizes given at the call, in every length that is allowed."""
    def draw():
        case = draw_transposed(rng, "output_size")
        case["output_padding"] = tuple(below(rng, s) for s in case["stride"])
        size = tuple(transposed_size(case))
        # What the layer was made with does not count at the call.
        case["output_padding"] = (0, 0)
        in_full = case["input"][:-3] + (out_channels(case),) + size
        ignored = tuple(99 for _ in in_full[:-2]) + size
        case["output_size"] = pick(rng, [size, size, in_full, ignored])
        return case
    return collect(count, draw)


def transposed_modes(rng, count):
    """`count` that are drawn for each mode, after those that are chosen."""
    edges = []
    for mode in MODES:
        edges += [
            transposed("padding mode", (2, 2, 4, 3), (2, 3, 3, 3), padding=(1, 1),
                       padding_mode=mode),
            transposed("padding mode, doubles an image", (1, 2, 3, 4), (2, 2, 4, 4),
                       stride=(2, 2), padding=(1, 1), padding_mode=mode),
            transposed("padding mode and output_padding", (1, 2, 3, 4), (2, 2, 3, 3),
                       stride=(2, 3), padding=(2, 1), output_padding=(1, 2), padding_mode=mode),
            transposed("padding mode, stride and dilation", (1, 4, 4, 5), (4, 2, 3, 2),
                       stride=(2, 2), padding=(2, 3), groups=2, dilation=(3, 2),
                       padding_mode=mode),
            transposed("padding mode, output_padding >= stride", (1, 2, 4, 5), (2, 2, 2, 3),
                       padding=(1, 2), output_padding=(2, 1), dilation=(3, 2),
                       padding_mode=mode),
            transposed("padding mode on one axis", (1, 2, 3, 4), (2, 2, 1, 3), padding=(0, 1),
                       padding_mode=mode),
        ]
    edges += [
        transposed("the largest padding", (1, 2, 5, 6), (2, 2, 3, 4), padding=(2, 2),
                   padding_mode="reflect"),
        transposed("the largest padding", (1, 2, 4, 7), (2, 2, 3, 3), padding=(2, 3),
                   padding_mode="circular"),
        transposed("padding larger than the result", (1, 2, 6, 7), (2, 2, 3, 4), padding=(3, 4),
                   padding_mode="replicate"),
        transposed("padding mode without padding", (1, 2, 2, 3), (2, 2, 3, 3),
                   padding_mode="circular"),
    ]
    for mode in MODES:
        edges += collect(count, lambda: draw_transposed(
            rng, "padding mode", padding=(below(rng, 5), 1 + below(rng, 3)), padding_mode=mode
        ))
    return edges


def draw_transposed(rng, about, padding=None, padding_mode="zeros", output_padding=None):
    groups = pick(rng, [1, 1, 2, 3])
    kernel = draw_pair(rng, 1, 5)
    stride = draw_pair(rng, 1, 3)
    dilation = draw_pair(rng, 1, 4)
    return with_channels(transposed(
        about, draw_input(rng, groups), (0, below(rng, 3) + 1) + kernel,
        bias=below(rng, 3) > 0,
        stride=stride,
        padding=padding or tuple(below(rng, d * (k - 1) + 2) for d, k in zip(dilation, kernel)),
        output_padding=output_padding or tuple(
            below(rng, max(s, d)) for s, d in zip(stride, dilation)),
        dilation=dilation,
        groups=groups,
        padding_mode=padding_mode,
    ))


def transposed_same(rng, count):
    """`count` for each mode. Kernels that span less and more than a stride, by odd and even cells."""
    cases = [
        transposed("same", (1, 2, 3, 4), (2, 2) + kernel, stride=stride, padding="same",
                   dilation=dilation)
        for kernel, stride, dilation in [
            ((3, 4), (1, 1), (1, 1)), ((3, 4), (2, 2), (1, 1)), ((5, 2), (2, 3), (1, 1)),
            ((1, 1), (2, 3), (1, 1)), ((2, 2), (3, 4), (2, 1)), ((3, 2), (2, 2), (2, 3))]
    ]
    for mode in ["zeros"] + MODES:
        cases += collect(count, lambda: draw_transposed(
            rng, "same", padding="same", padding_mode=mode, output_padding=(0, 0)))
    return cases


def transposed_sides(rng, count):
    cases = []
    for mode in ["zeros"] + MODES:
        cases += collect(count, lambda: draw_transposed(
            rng, "four sides", padding=tuple(below(rng, 4) for _ in range(4)), padding_mode=mode))
    return cases


def transposed_extended(rng, count):
    """An output_padding that PyTorch refuses."""
    cases = []
    for mode in ["zeros"] + MODES:
        for case in collect(count, lambda: draw_transposed(
                rng, "extended", padding_mode=mode, output_padding=draw_pair(rng, 3, 9))):
            cases.append(dict(case, extend=True))
    return cases


# Convolution

def conv_edges():
    return [
        conv("one cell", (1, 1, 1, 1), (1, 1, 1, 1)),
        conv("the kernel covers the image", (2, 3, 3, 4), (2, 3, 3, 4)),
        conv("the kernel covers the padded image", (1, 2, 3, 4), (3, 2, 5, 8), padding=(1, 2)),
        conv("1 x 1 kernel", (2, 4, 3, 5), (3, 4, 1, 1)),
        conv("1 x 1 kernel and stride", (2, 3, 5, 7), (2, 3, 1, 1), stride=(2, 3)),
        conv("stride leaves cells over", (1, 2, 7, 8), (2, 2, 2, 3), stride=(3, 3)),
        conv("groups, more channels out", (2, 4, 5, 5), (6, 2, 3, 2), groups=2),
        conv("groups, fewer channels out", (2, 6, 5, 5), (2, 3, 2, 3), groups=2),
        conv("groups, stride and dilation", (1, 6, 8, 9), (3, 2, 2, 3), stride=(2, 3),
             padding=(1, 2), groups=3, dilation=(3, 2)),
        conv("depthwise with two channels each", (1, 4, 5, 6), (8, 1, 3, 3), padding=(1, 1),
             groups=4),
        conv("many channels", (1, 19, 4, 3), (17, 19, 3, 3), padding=(1, 1)),
        conv("padding > dilation * (kernel - 1)", (1, 2, 3, 2), (2, 2, 2, 1), padding=(3, 2)),
        conv("the largest padding", (1, 2, 4, 3), (2, 2, 3, 3), padding=(3, 2),
             padding_mode="reflect"),
        conv("the largest padding", (1, 2, 4, 3), (2, 2, 3, 3), padding=(4, 3),
             padding_mode="circular"),
        conv("padding larger than the image", (1, 2, 3, 2), (2, 2, 3, 3), padding=(4, 5),
             padding_mode="replicate"),
        conv("valid", (2, 2, 5, 6), (3, 2, 3, 2), padding="valid"),
        conv("valid with stride and dilation", (1, 2, 7, 8), (3, 2, 3, 2), stride=(2, 3),
             padding="valid", dilation=(2, 3)),
        conv("valid with a padding mode", (2, 5, 6), (3, 2, 3, 2), padding="valid",
             padding_mode="reflect"),
    ]


def conv_same():
    """Odd and even totals of padding; the odd cell goes to the bottom and to the right."""
    cases = []
    for mode in ["zeros"] + MODES:
        for kernel, dilation in [((3, 3), (1, 1)), ((4, 3), (1, 2)), ((1, 2), (4, 3))]:
            cases.append(conv("same", (1, 2, 6, 7), (4, 2) + kernel, padding="same",
                              dilation=dilation, padding_mode=mode))
        for kernel, dilation in [((2, 4), (1, 1)), ((2, 5), (3, 1))]:
            cases.append(conv("same with groups, unbatched", (4, 6, 7), (2, 2) + kernel,
                              padding="same", dilation=dilation, groups=2, padding_mode=mode))
    return cases


def conv_sides(rng, count):
    """`count` for each mode."""
    cases = []
    for mode in ["zeros"] + MODES:
        cases += collect(count, lambda: dict(
            draw_conv(rng, mode), about="four sides",
            padding=tuple(below(rng, 4) for _ in range(4))))
    return cases


def conv_varied(rng, count):
    """`count` for each mode."""
    cases = []
    for mode in ["zeros"] + MODES:
        cases += collect(count, lambda: draw_conv(rng, mode))
    return cases


def draw_conv(rng, mode):
    groups = pick(rng, [1, 1, 2, 3])
    return with_channels(conv(
        "varied", draw_input(rng, groups, largest=11),
        (groups * (below(rng, 3) + 1), 0) + draw_pair(rng, 1, 5),
        bias=below(rng, 3) > 0, stride=draw_pair(rng, 1, 3), padding=draw_pair(rng, 0, 4),
        dilation=draw_pair(rng, 1, 4), groups=groups, padding_mode=mode,
    ))


# Padding

def pads():
    """Each mode for the ranks and numbers of sides that PyTorch has it for."""
    both = [(1, 2, 2, 1), (0, 3, 1, 0), (3, 0, 0, 2), (0, 0, 0, 0)]
    cases = []
    for mode in ["constant"] + MODES:
        value = 0.5 if mode == "constant" else None
        cases += [pad_case("pad", (2, 3, 3, 4), padding, mode, value) for padding in both]
        cases.append(pad_case("pad the last axis", (2, 3, 4), (2, 1), mode, value))
        cases.append(pad_case("crop both ends", (1, 2, 4, 6), (-1, -2, -1, -1), mode, value))
        if mode != "circular":
            cases.append(pad_case("pad, unbatched", (2, 3, 4), (2, 1, 1, 2), mode, value))
            cases.append(pad_case("pad a matrix", (3, 5), (2, 4), mode, value))
            cases.append(pad_case("crop and pad", (2, 2, 4, 6), (2, -1, -1, 2), mode, value))
    cases += [
        pad_case("the largest padding", (1, 2, 3, 4), (3, 3, 2, 2), "reflect"),
        pad_case("the largest padding", (1, 2, 3, 4), (4, 4, 3, 3), "circular"),
        pad_case("padding larger than the image", (1, 2, 2, 3), (5, 4, 3, 6), "replicate"),
        pad_case("pad a vector", (5,), (2, 1), "constant", -1.25),
        pad_case("crop a vector", (5,), (-2, -1), "constant", 0.0),
        pad_case("pad a matrix", (3, 4), (1, 2, 2, 1), "constant", 0.0),
        pad_case("pad five axes", (2, 1, 2, 3, 2), (1, 0, 0, 1), "constant", 3.0),
        pad_case("crop to one cell", (2, 2, 3, 4), (-1, -2, -2, 0), "constant", 0.0),
        pad_case("pad by more than the image", (1, 2, 2, 3), (7, 0, 0, 6), "constant", 0.5),
    ]
    return cases


# Drawing

def below(rng, limit):
    return int(rng.randint(limit))


def pick(rng, choices):
    return choices[below(rng, len(choices))]


def draw_pair(rng, low, high):
    return (low + below(rng, high - low + 1), low + below(rng, high - low + 1))


def draw_input(rng, groups, largest=6):
    """Height and width differ, so that no case survives their exchange."""
    height = below(rng, largest) + 1
    width = below(rng, largest) + 1
    batch = () if below(rng, 5) == 0 else (below(rng, 3) + 1,)
    return batch + (groups * (below(rng, 3) + 1), height, width + (width == height))


def with_channels(case):
    """Gives the weight the input's channels."""
    weight, channels = case["weight"], case["input"][-3]
    if case["kind"] == "conv2d":
        weight = (weight[0], channels // case["groups"]) + weight[2:]
    else:
        weight = (channels,) + weight[1:]
    return dict(case, weight=weight)


def collect(count, draw):
    """The first `count` cases that are legal and small."""
    cases = []
    while len(cases) < count:
        case = draw()
        if is_legal(case):
            cases.append(case)
    return cases


def all_cases():
    rng = np.random.RandomState(1)  # its streams are frozen across versions of NumPy
    return (
        transposed_samples() + transposed_edges() + transposed_varied(rng, 60)
        + transposed_output_sizes(rng, 24) + transposed_modes(rng, 17)
        + conv_edges() + conv_same() + conv_varied(rng, 14) + pads()
        + transposed_same(rng, 5) + transposed_sides(rng, 5) + transposed_extended(rng, 4)
        + conv_sides(rng, 5)
    )
