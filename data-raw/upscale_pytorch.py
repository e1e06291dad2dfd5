# The network of tests/testthat/helper-upscaler.R in PyTorch, for data-raw/measure.R: computes the
# result and how long it takes.
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

print("dtype\tms\tversion")
with torch.no_grad():
    for dtype, kind in (("float64", torch.float64), ("float32", torch.float32)):
        net, x = net.to(kind), x.to(kind)
        y = net(x)
        y[0].double().numpy().tofile(folder + "/" + dtype + ".out")
        for _ in range(rounds):
            begin = time.perf_counter()
            net(x)
            print(f"{dtype}\t{1000 * (time.perf_counter() - begin)}\t{torch.__version__}")
