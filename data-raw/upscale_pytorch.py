# The network of tests/testthat/helper-upscaler.R in PyTorch, for data-raw/measure.R: computes the
# result, and measures how long it and a step of training take.
#
#   upscale_pytorch.py folder threads rounds
#
# Reads arrays.tsv and *.bin (doubles, last index fastest), writes <type>.out, prints a table.

import sys
import time

import numpy as np
import torch
from torch import nn

folder, threads, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)

arrays = {}
with open(folder + "/arrays.tsv") as lines:
    for line in lines:
        name, *extents = line.rstrip("\n").split("\t")
        numbers = np.fromfile(folder + "/" + name + ".bin")
        arrays[name] = torch.from_numpy(numbers.reshape([int(e) for e in extents]))
x = arrays.pop("input")[None]


def hidden():
    return nn.Sequential(
        nn.Conv2d(20, 20, 3, padding=1, padding_mode="replicate"), nn.LeakyReLU(0.1, inplace=True)
    )


net = nn.Sequential(
    nn.Conv2d(1, 20, 5, padding=3, padding_mode="replicate"), nn.LeakyReLU(0.1, inplace=True),
    hidden(), hidden(), hidden(), hidden(), hidden(),
    nn.ConvTranspose2d(20, 1, 6, stride=2, padding=4),
).double()
net.load_state_dict(arrays)

# Milliseconds of `rounds` calls, after one.
def report(what, dtype, run):
    run()
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        elapsed = 1000 * (time.perf_counter() - begin)
        print(f"{what}\t{dtype}\t{elapsed}\t{torch.__version__}")


def step():
    adam.zero_grad()
    nn.functional.mse_loss(net(small), large).backward()
    adam.step()


print("what\tdtype\tms\tversion")
for dtype, kind in (("float64", torch.float64), ("float32", torch.float32)):
    net, x = net.to(kind), x.to(kind)
    with torch.no_grad():
        net(x)[0].double().numpy().tofile(folder + "/" + dtype + ".out")
        report("megapixel", dtype, lambda: net(x))
    trained = {name: array.clone() for name, array in net.state_dict().items()}
    adam = torch.optim.Adam(net.parameters())
    small, large = torch.rand(16, 1, 24, 24, dtype=kind), torch.rand(16, 1, 48, 48, dtype=kind)
    report("step", dtype, step)
    net.load_state_dict(trained)
