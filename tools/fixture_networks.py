"""Networks of the literature, with few channels: parameters, inputs and results of PyTorch.

inst/extdata/networks.pt is a dict of three networks, each a dict of `state`, the state dict of numbers
that single precision holds, `input` and `output`, in double precision:

    dcgan  the generator of Radford, Metz and Chintala (2015), for one image channel
    unet   Ronneberger, Fischer and Brox (2015), of two levels (tools/fixture_published.py)
    vae    a convolutional decoder of a variational autoencoder (Kingma and Welling, 2014)

tests/testthat/fixtures/expansive.tsv.gz has two steps of the expansive path of Ronneberger et al., with
gradients: a line for each array, with its name, its shape and its numbers in PyTorch's order, where
the last index varies fastest. The entries of the state dict have their names there; `input` and the
like are what the network is called with, `output` is what it returns, and `grad.` stands before a name
for the gradient of sum(output * grad_output).

Parameters and inputs are drawn, and rounded to three decimals.
"""

import gzip
import os
import zipfile

import numpy as np
import torch
from torch import nn

from fixture_published import UNet

FILE = os.path.join("inst", "extdata", "networks.pt")
TABLE = os.path.join("tests", "testthat", "fixtures", "expansive.tsv.gz")


def dcgan(latent=4, features=2, channels=1):
    f = features
    layers = []
    for a, b, stride, padding in [(latent, 8 * f, 1, 0), (8 * f, 4 * f, 2, 1),
                                  (4 * f, 2 * f, 2, 1), (2 * f, f, 2, 1)]:
        layers += [nn.ConvTranspose2d(a, b, 4, stride, padding, bias=False), nn.BatchNorm2d(b),
                   nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(f, channels, 4, 2, 1, bias=False), nn.Tanh())


def two_convs(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3), nn.ReLU(), nn.Conv2d(b, b, 3), nn.ReLU())


class UNetUp(nn.Module):
    """What comes from the contracting path is cropped, as no convolution is padded."""

    def __init__(self):
        super().__init__()
        self.up1 = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.block1 = two_convs(8, 4)
        self.up2 = nn.ConvTranspose2d(4, 2, 2, stride=2)
        self.block2 = two_convs(4, 2)
        self.head = nn.Conv2d(2, 2, 1)

    def forward(self, x, skip1, skip2):
        x = self.block1(torch.cat([skip1[:, :, 2:-2, 2:-2], self.up1(x)], 1))
        x = self.block2(torch.cat([skip2[:, :, 4:-4, 4:-4], self.up2(x)], 1))
        return self.head(x)


class VAEDecoder(nn.Module):
    def __init__(self, latent=3):
        super().__init__()
        self.fc = nn.Linear(latent, 8 * 7 * 7)
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(4), nn.LeakyReLU(0.01),
            nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(4), nn.LeakyReLU(0.01),
            nn.Conv2d(4, 1, 3, padding=1), nn.Sigmoid(),
        )

    def forward(self, z):
        return self.layers(self.fc(z).view(-1, 8, 7, 7))


def drawn(rng, name, shape):
    numbers = rng.standard_normal(tuple(shape))
    if name.endswith("running_var"):
        numbers = 1 + 0.5 * np.abs(numbers)
    elif len(shape) == 1:
        numbers = 0.2 * numbers + (name.endswith("weight"))
    elif name:
        numbers = numbers / np.sqrt(np.prod(shape[1:]) / 4)
    return torch.tensor(np.round(numbers, 3), dtype=torch.float64)


def arrays_of(model, inputs, rng):
    model.double().eval()
    state = {name: drawn(rng, name, value.shape) for name, value in model.state_dict().items()
             if not name.endswith("num_batches_tracked")}
    model.load_state_dict(state, strict=False)
    inputs = {name: drawn(rng, "", shape).requires_grad_() for name, shape in inputs.items()}
    output = model(*inputs.values())
    arrays = {**state, **inputs, "output": output}
    arrays["grad_output"] = drawn(rng, "", output.shape)
    wanted = {**dict(model.named_parameters()), **inputs}
    gradients = torch.autograd.grad(output, list(wanted.values()), arrays["grad_output"])
    arrays.update(("grad." + name, value) for name, value in zip(wanted, gradients))
    return arrays


def single(rng, name, shape):
    return drawn(rng, name, shape).float()


def network(model, shape, rng):
    state = {name: torch.tensor(3) if name.endswith("num_batches_tracked")
             else single(rng, name, value.shape) for name, value in model.state_dict().items()}
    model.double().eval().load_state_dict(state)
    x = single(rng, "", shape)
    return {"state": state, "input": x, "output": model(x.double()).detach()}


def undated(name):
    """An entry of an archive without the time, so that its bytes depend on the content only."""
    return zipfile.ZipInfo(name)


def deflate(path, new_path):
    """Compresses the entries of a file of torch.save(), which PyTorch can read, too."""
    with zipfile.ZipFile(path) as old:
        entries = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(new_path, "w") as new:
        for name, data in entries:
            new.writestr(undated(name), data, zipfile.ZIP_DEFLATED)


def write_arrays(arrays):
    lines = []
    for key, value in arrays.items():
        numbers = value.detach().numpy().ravel()
        lines.append("\t".join([key, ",".join(map(str, value.shape)),
                                ",".join("%.15g" % number for number in numbers)]) + "\n")
    with open(TABLE, "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write("".join(lines).encode("ascii"))


def write_networks():
    rng = np.random.RandomState(3)
    torch.save({
        "dcgan": network(dcgan(), (1, 4, 1, 1), rng),
        "unet": network(UNet(2, 2), (1, 1, 25, 19), rng),
        "vae": network(VAEDecoder(), (2, 3), rng),
    }, FILE)
    deflate(FILE, FILE)
    skips = {"input": (1, 8, 6, 6), "skip1": (1, 4, 16, 16), "skip2": (1, 2, 24, 24)}
    write_arrays(arrays_of(UNetUp(), skips, rng))
