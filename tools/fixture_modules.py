"""Modules and small networks of the literature, in training and evaluation: results of PyTorch.

Each case is named by the R code that makes the module, and by its mode. The file of text,
tests/testthat/fixtures/modules.tsv.gz, has a line for each array: the case, the mode, the name of the
array, its shape, and its numbers in PyTorch's order, where the last index varies fastest.

    state.NAME  the entries of the state dict before the call
    input, output, grad_output
    grad.NAME   the gradients of sum(output * grad_output), for the input and each parameter
    after.NAME  the buffers after the call

Parameters and inputs are drawn, and rounded to three decimals.
"""

import gzip
import os

import numpy as np
import torch
from torch import nn

from fixture_networks import dcgan, drawn

FILE = os.path.join("tests", "testthat", "fixtures", "modules.tsv.gz")


def discriminator(features):
    f = features
    layers = [nn.Conv2d(1, f, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for a, b in [(f, 2 * f), (2 * f, 4 * f)]:
        layers += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(4 * f, 1, 4, 1, 0, bias=False), nn.Sigmoid())


def in_r(module):
    """The R code of a chain of these modules."""
    kinds = {nn.Conv2d: "nn_conv2d", nn.ConvTranspose2d: "nn_conv_transpose2d"}
    texts = []
    for each in module:
        if type(each) in kinds:
            texts.append("%s(%d, %d, %d, stride = %d, padding = %d%s)" % (
                kinds[type(each)], each.in_channels, each.out_channels, each.kernel_size[0],
                each.stride[0], each.padding[0], "" if each.bias is not None else ", bias = FALSE"))
        elif isinstance(each, nn.BatchNorm2d):
            texts.append("nn_batch_norm2d(%d)" % each.num_features)
        elif isinstance(each, nn.LeakyReLU):
            texts.append("nn_leaky_relu(%g)" % each.negative_slope)
        else:
            texts.append("nn_%s()" % type(each).__name__.lower())
    return "nn_sequential(%s)" % ", ".join(texts)


IMAGES = (2, 3, 5, 6)

CASES = [
    ("nn_batch_norm2d(3)", nn.BatchNorm2d(3), IMAGES),
    ("nn_batch_norm2d(3, eps = 0.1, momentum = NULL)", nn.BatchNorm2d(3, 0.1, None), IMAGES),
    ("nn_batch_norm2d(3, momentum = 0.3, affine = FALSE)",
     nn.BatchNorm2d(3, momentum=0.3, affine=False), IMAGES),
    ("nn_batch_norm2d(3, track_running_stats = FALSE)",
     nn.BatchNorm2d(3, track_running_stats=False), IMAGES),
    ("nn_prelu()", nn.PReLU(), IMAGES),
    ("nn_prelu(3, init = 0.1)", nn.PReLU(3, 0.1), IMAGES),
    ("nn_dropout(1)", nn.Dropout(1), IMAGES),
    ("nn_dropout2d(0)", nn.Dropout2d(0), IMAGES),
    ("nn_max_pool2d(2)", nn.MaxPool2d(2), IMAGES),
    ("nn_max_pool2d(2, ceil_mode = TRUE)", nn.MaxPool2d(2, ceil_mode=True), IMAGES),
    ("nn_max_pool2d(3, stride = 2, padding = 1)", nn.MaxPool2d(3, 2, 1), IMAGES),
    ("nn_max_pool2d(c(3, 2), stride = c(1, 3), padding = c(0, 1), dilation = c(2, 1))",
     nn.MaxPool2d((3, 2), (1, 3), (0, 1), (2, 1)), IMAGES),
    ("nn_max_pool2d(3, stride = 4, padding = 1, ceil_mode = TRUE)",
     nn.MaxPool2d(3, 4, 1, ceil_mode=True), (1, 2, 8, 6)),
    ("nn_pixel_shuffle(2)", nn.PixelShuffle(2), (2, 8, 3, 4)),
    ("nn_pixel_shuffle(3)", nn.PixelShuffle(3), (1, 9, 2, 3)),
    ("nn_upsample(2)", nn.Upsample(scale_factor=2), IMAGES),
    ("nn_upsample(c(1.7, 0.6))", nn.Upsample(scale_factor=(1.7, 0.6)), IMAGES),
    ("nn_upsample(2, mode = \"bilinear\")", nn.Upsample(scale_factor=2, mode="bilinear"), IMAGES),
    ("nn_upsample(3, mode = \"bilinear\")", nn.Upsample(scale_factor=3, mode="bilinear"), IMAGES),
    ("nn_upsample(c(0.5, 2.3), mode = \"bilinear\")",
     nn.Upsample(scale_factor=(0.5, 2.3), mode="bilinear"), IMAGES),
    (in_r(dcgan(4, 1)), dcgan(4, 1), (2, 4, 1, 1)),
    (in_r(discriminator(1)), discriminator(1), (2, 1, 32, 32)),
]


def with_ties(rng, text, shape):
    """Pools get whole numbers, of which several are the largest."""
    if "max_pool" in text:
        return torch.tensor(rng.randint(0, 4, shape), dtype=torch.float64)
    return drawn(rng, "", shape)


def arrays_of(rng, text, model, shape, training):
    model.double().train(training)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                value.copy_(drawn(rng, name, value.shape))
    arrays = {"state." + name: value.clone() for name, value in model.state_dict().items()}
    x = with_ties(rng, text, shape).requires_grad_()
    output = model(x)
    g = drawn(rng, "", output.shape)
    wanted = {"input": x, **dict(model.named_parameters())}
    gradients = torch.autograd.grad(output, list(wanted.values()), g)
    arrays.update(input=x, output=output, grad_output=g)
    arrays.update(("grad." + name, value) for name, value in zip(wanted, gradients))
    arrays.update(("after." + name, value) for name, value in model.named_buffers())
    return arrays


def write_modules():
    rng = np.random.RandomState(5)
    lines = []
    for text, model, shape in CASES:
        for mode in ["train", "eval"]:
            for name, value in arrays_of(rng, text, model, shape, mode == "train").items():
                numbers = value.detach().numpy().ravel()
                lines.append("\t".join([text, mode, name, ",".join(map(str, value.shape)),
                                        ",".join("%.16g" % number for number in numbers)]) + "\n")
    with open(FILE, "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write("".join(lines).encode("ascii"))
