"""Networks of the literature as they are published, with few channels: results of PyTorch.

    pix2pix   the generator "unet_256" of Isola et al. (2017)
    unet      Ronneberger et al. (2015), with padding and batch normalization as in most programs
    odd       the same for images of any size, without padding by hand
    srresnet  Ledig et al. (2017)
    fsrcnn    Dong et al. (2016)
    sequence  an autoencoder of one-dimensional layers

Each is run in training and evaluation; dropout drops nothing in training. Each becomes a file of
text, tests/testthat/fixtures/published-NAME.tsv.gz, with a line for each array: the mode, the name
of the array, its shape, and its numbers in PyTorch's order, where the last index varies fastest.

    state.NAME  the entries of the state dict before the call, without numbers
    input, grad_output: without numbers
    output
    grad.NAME   the gradients of sum(output * grad_output), for the input and each parameter
    after.NAME  the buffers after the call

Numbers of lines that have none are drawn() in the order of the lines. Of an array of more than
`most` numbers, sums of its numbers are stored, see sums_of(), in which each number has its part.
"""

import gzip
import math
import os

import numpy as np
import torch
from torch import nn

FILE = os.path.join("tests", "testthat", "fixtures", "published-%s.tsv.gz")
MOST = 96


# Networks ----------------------------------------------------------------------------------------

class UnetBlock(nn.Module):
    """A level of pix2pix: the levels below it between its two layers."""

    def __init__(self, outer, inner, inside=None, outermost=False, dropout=False):
        super().__init__()
        down = [nn.Conv2d(outer, inner, 4, 2, 1, bias=False)]
        up = [nn.ReLU(True),
              nn.ConvTranspose2d(inner if inside is None else 2 * inner, outer, 4, 2, 1,
                                 bias=outermost)]
        if outermost:
            up.append(nn.Tanh())
        else:
            down.insert(0, nn.LeakyReLU(0.2, True))
            up.append(nn.BatchNorm2d(outer))
            if inside is not None:
                down.append(nn.BatchNorm2d(inner))
        if dropout:
            up.append(nn.Dropout(0.5))
        self.model = nn.Sequential(*down, *([] if inside is None else [inside]), *up)
        self.outermost = outermost

    def forward(self, x):
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


class Pix2pix(nn.Module):
    def __init__(self, f=1):
        super().__init__()
        block = UnetBlock(8 * f, 8 * f)
        for _ in range(3):
            block = UnetBlock(8 * f, 8 * f, block, dropout=True)
        for a, b in [(4 * f, 8 * f), (2 * f, 4 * f), (f, 2 * f)]:
            block = UnetBlock(a, b, block)
        self.model = UnetBlock(3, f, block, outermost=True)

    def forward(self, x):
        return self.model(x)


class DoubleConv(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(),
            nn.Conv2d(b, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU())

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(a, b))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.up = nn.ConvTranspose2d(a, b, 2, stride=2)
        self.conv = DoubleConv(a, b)

    def forward(self, x, skip):
        return self.conv(torch.cat([skip, self.up(x, output_size=skip.shape)], 1))


class UNet(nn.Module):
    def __init__(self, f=2, depth=3):
        super().__init__()
        channels = [f * 2**i for i in range(depth + 1)]
        pairs = list(zip(channels, channels[1:]))
        self.inc = DoubleConv(1, f)
        for i, (a, b) in enumerate(pairs, 1):
            self.add_module("down%d" % i, Down(a, b))
        for i, (a, b) in enumerate(pairs[::-1], 1):
            self.add_module("up%d" % i, Up(b, a))
        self.outc = nn.Conv2d(f, 2, 1)
        self.depth = depth

    def forward(self, x):
        levels = [self.inc(x)]
        for i in range(1, self.depth + 1):
            levels.append(self.get_submodule("down%d" % i)(levels[-1]))
        h = levels.pop()
        for i in range(1, self.depth + 1):
            h = self.get_submodule("up%d" % i)(h, levels.pop())
        return self.outc(h)


class Residual(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.conv1 = nn.Conv2d(f, f, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(f)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(f, f, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(f)

    def forward(self, x):
        return x + self.bn2(self.conv2(self.prelu(self.bn1(self.conv1(x)))))


class Enlarge(nn.Sequential):
    def __init__(self, f):
        super().__init__(nn.Conv2d(f, 4 * f, 3, padding=1), nn.PixelShuffle(2), nn.PReLU())


class SRResNet(nn.Module):
    def __init__(self, f=4):
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(3, f, 9, padding=4), nn.PReLU())
        self.blocks = nn.Sequential(*(Residual(f) for _ in range(3)))
        self.middle = nn.Sequential(nn.Conv2d(f, f, 3, padding=1), nn.BatchNorm2d(f))
        self.tail = nn.Sequential(Enlarge(f), Enlarge(f), nn.Conv2d(f, 3, 9, padding=4))

    def forward(self, x):
        h = self.head(x)
        return self.tail(h + self.middle(self.blocks(h)))


class FSRCNN(nn.Module):
    def __init__(self, d=6, s=3, scale=3):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, d, 5, padding=2), nn.PReLU(d))
        mapping = [nn.Conv2d(d, s, 1), nn.PReLU(s)]
        for _ in range(4):
            mapping += [nn.Conv2d(s, s, 3, padding=1), nn.PReLU(s)]
        self.mapping = nn.Sequential(*mapping, nn.Conv2d(s, d, 1), nn.PReLU(d))
        self.deconv = nn.ConvTranspose2d(d, 1, 9, scale, 4, output_padding=scale - 1)

    def forward(self, x):
        return self.deconv(self.mapping(self.features(x)))


def sequence():
    return nn.Sequential(
        nn.Conv1d(2, 4, 5, stride=2, padding=2), nn.LeakyReLU(0.2),
        nn.Conv1d(4, 6, 3, padding=2, dilation=2, groups=2, padding_mode="circular"), nn.ReLU(),
        nn.ConvTranspose1d(6, 4, 3, stride=1, padding=2, groups=2, dilation=2, bias=False), nn.Tanh(),
        nn.ConvTranspose1d(4, 2, 5, stride=2, padding=2, output_padding=1))


NETWORKS = [
    ("pix2pix", Pix2pix, (1, 3, 256, 256)),
    ("unet", UNet, (2, 1, 32, 48)),
    ("odd", UNet, (2, 1, 29, 43)),
    ("srresnet", SRResNet, (2, 3, 9, 11)),
    ("fsrcnn", FSRCNN, (2, 1, 10, 13)),
    ("sequence", sequence, (2, 2, 22)),
]


# Numbers -----------------------------------------------------------------------------------------

class Drawn:
    """Numbers between -0.5 and 0.5 by the generator of Park and Miller (1993)."""

    def __init__(self):
        self.last = 12345

    def array(self, shape):
        numbers = []
        for _ in range(math.prod(shape)):
            self.last = 48271 * self.last % (2**31 - 1)
            numbers.append(self.last / 2**31 - 0.5)
        return np.array(numbers).reshape(shape)

    def entry(self, name, shape):
        """Of a state dict."""
        if name.endswith("num_batches_tracked"):
            return np.array(3)
        numbers = self.array(shape)
        if len(shape) > 1:
            return numbers * 4 / np.sqrt(np.prod(shape[1:]))
        return numbers if name.endswith(("bias", "running_mean")) else 1 + numbers


def sums_of(numbers):
    """Sums of equally many neighbours, each times one of seven factors between 1 and 4."""
    if len(numbers) <= MOST:
        return numbers
    each = math.ceil(len(numbers) / MOST)
    factors = 1 + np.arange(each * MOST) % 7 / 2
    return (np.pad(numbers, (0, each * MOST - len(numbers))) * factors).reshape(MOST, each).sum(1)


def run(model, shape, training):
    """Lines of the file, as name, array, and whether its numbers are stored."""
    drawn = Drawn()
    model.double().train(training)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0 if training else 0.5
    before = model.state_dict()
    with torch.no_grad():
        for name, value in before.items():
            value.copy_(torch.from_numpy(drawn.entry(name, value.shape)))
    lines = [("state." + name, value.clone(), False) for name, value in before.items()]
    x = torch.from_numpy(drawn.array(shape)).requires_grad_()
    output = model(x)
    g = torch.from_numpy(drawn.array(output.shape))
    wanted = {"input": x, **dict(model.named_parameters())}
    gradients = torch.autograd.grad(output, list(wanted.values()), g)
    lines += [("input", x, False), ("grad_output", g, False), ("output", output, True)]
    lines += [("grad." + name, value, True) for name, value in zip(wanted, gradients)]
    lines += [("after." + name, value, True) for name, value in model.named_buffers()]
    return lines


def text(mode, name, value, is_stored):
    numbers = sums_of(value.detach().numpy().ravel()) if is_stored else []
    return "\t".join([mode, name, ",".join(map(str, value.shape)),
                      ",".join("%.16g" % number for number in numbers)]) + "\n"


def write_published():
    for name, make, shape in NETWORKS:
        lines = [text(mode, *line) for mode in ["train", "eval"]
                 for line in run(make(), shape, mode == "train")]
        with open(FILE % name, "wb") as file:
            with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
                packed.write("".join(lines).encode("ascii"))
