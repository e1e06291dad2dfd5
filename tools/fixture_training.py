"""Losses and optimizers: results of PyTorch.

Each case is named by the R code that makes the loss or the optimizer. The file of text,
tests/testthat/fixtures/training.tsv.gz, has a line for each array: the case, the name of the array, its
shape, and its numbers in PyTorch's order, where the last index varies fastest.

    output, target, value, gradient  of a loss; classes count from 1, as in R
    parameters.0, gradient.1, parameters.1, gradient.2, ...  of an optimizer; the learning rate is
                                     divided by 10 before the last two steps

Arrays are drawn, and rounded to three decimals.
"""

import gzip
import os

import numpy as np
import torch
from torch import nn

from fixture_networks import drawn

FILE = os.path.join("tests", "testthat", "fixtures", "training.tsv.gz")
STEPS = 6


def scaled(scale):
    return lambda rng, shape: drawn(rng, "", shape) * scale


def share(rng, shape):
    return torch.tensor(np.round(rng.uniform(size=shape), 3))


def classes(rng, shape):
    return torch.tensor(rng.randint(0, shape[1], shape[:1] + shape[2:]))


def probabilities(rng, shape):
    return torch.softmax(drawn(rng, "", shape), 1)


IMAGES = (2, 3, 4, 5)

LOSSES = [
    ("mse", nn.MSELoss, IMAGES, scaled(1), scaled(1)),
    ("l1", nn.L1Loss, IMAGES, scaled(1), scaled(1)),
    ("bce_with_logits", nn.BCEWithLogitsLoss, IMAGES, scaled(30), share),
    ("cross_entropy", nn.CrossEntropyLoss, IMAGES, scaled(30), classes),
    ("cross_entropy", nn.CrossEntropyLoss, IMAGES, scaled(1), probabilities),
    ("cross_entropy", nn.CrossEntropyLoss, (7, 3), scaled(1), classes),
    ("cross_entropy", nn.CrossEntropyLoss, (2, 3, 6), scaled(1), classes),
]

OPTIMIZERS = [
    ("nn_optim_adam(lr = 0.1)", torch.optim.Adam, dict(lr=0.1)),
    ("nn_optim_adam(lr = 0.05, betas = c(0.8, 0.9), eps = 0.01, weight_decay = 0.3)",
     torch.optim.Adam, dict(lr=0.05, betas=(0.8, 0.9), eps=0.01, weight_decay=0.3)),
    ("nn_optim_adamw(lr = 0.1)", torch.optim.AdamW, dict(lr=0.1)),
    ("nn_optim_adam(lr = 0.1, weight_decay = 0.5, decoupled = TRUE)", torch.optim.AdamW,
     dict(lr=0.1, weight_decay=0.5)),
    ("nn_optim_sgd(lr = 0.1, weight_decay = 0.2)", torch.optim.SGD, dict(lr=0.1, weight_decay=0.2)),
    ("nn_optim_sgd(lr = 0.1, momentum = 0.9)", torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
    ("nn_optim_sgd(lr = 0.1, momentum = 0.8, dampening = 0.3, weight_decay = 0.1)",
     torch.optim.SGD, dict(lr=0.1, momentum=0.8, dampening=0.3, weight_decay=0.1)),
    ("nn_optim_sgd(lr = 0.1, momentum = 0.8, weight_decay = 0.1, nesterov = TRUE)",
     torch.optim.SGD, dict(lr=0.1, momentum=0.8, weight_decay=0.1, nesterov=True)),
]


def of_losses(rng):
    for name, kind, shape, draw_output, draw_target in LOSSES:
        for reduction in ["mean", "sum"]:
            output = draw_output(rng, shape).requires_grad_()
            target = draw_target(rng, shape)
            value = kind(reduction=reduction)(output, target)
            (gradient,) = torch.autograd.grad(value, output)
            of_r = target + 1 if target.dtype == torch.int64 else target
            of_shape = ",".join(map(str, target.shape))
            yield ('nn_%s_loss("%s") of [%s]' % (name, reduction, of_shape),
                   {"output": output, "target": of_r, "value": value, "gradient": gradient})


def of_optimizers(rng):
    for text, kind, arguments in OPTIMIZERS:
        parameters = drawn(rng, "", (3, 4)).requires_grad_()
        optimizer = kind([parameters], **arguments)
        arrays = {"parameters.0": parameters.detach().clone()}
        for step in range(1, STEPS + 1):
            if step == STEPS - 1:
                optimizer.param_groups[0]["lr"] /= 10
            parameters.grad = drawn(rng, "", (3, 4))
            optimizer.step()
            arrays["gradient.%d" % step] = parameters.grad
            arrays["parameters.%d" % step] = parameters.detach().clone()
        yield text, arrays


def write_training():
    rng = np.random.RandomState(7)
    lines = []
    for text, arrays in list(of_losses(rng)) + list(of_optimizers(rng)):
        for name, value in arrays.items():
            numbers = value.detach().numpy().ravel()
            lines.append("\t".join([text, name, ",".join(map(str, value.shape)),
                                    ",".join("%.17g" % number for number in numbers)]) + "\n")
    with open(FILE, "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write("".join(lines).encode("ascii"))
