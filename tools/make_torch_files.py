"""Makes tests/testthat/fixtures/torch/, small files of torch.save() of all kinds, and
inst/extdata/checkpoint.pt, a small network with its optimizer. Run from the top of the repository:
python3 tools/make_torch_files.py

The same PyTorch gives the same files, except for the addresses in legacy.pt.

    state.pt        a state dict; legacy.pt, deflated.pt, protocol4.pt the same in other formats
    types.pt        tensors of every type; big.pt the same as a big-endian machine writes them
    views.pt        tensors that share storages, in other orders, without numbers or dimensions
    checkpoint.pt   a state dict among values of Python
    numpy.pt        numbers of NumPy, and dicts with default values
    whole.pt        a network, script.pt one of TorchScript, evil.pt a call of os.system()
    expected.safetensors   the tensors of the first four, contiguous; "state.0.weight" and so on
"""

import argparse
import collections
import os
import pickle
import zipfile

import numpy as np
import torch
from torch import nn

from fixture_networks import deflate, undated
from make_safetensors import TYPES, save, special, whole

FOLDER = os.path.join("tests", "testthat", "fixtures", "torch")


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


def path(name):
    return os.path.join(FOLDER, name + ".pt")


def state():
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.ConvTranspose2d(3, 1, 2))
    net(torch.randn(2, 2, 5, 5))
    return net.state_dict()


def types():
    tensors = {}
    for dtype in [torch.float64, torch.float32, torch.float16, torch.bfloat16]:
        tensors[TYPES[dtype].lower()] = special(dtype)
    for dtype in [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8]:
        tensors[TYPES[dtype].lower()] = whole(dtype)
    tensors["bool"] = torch.tensor([[True, False, False], [True, True, False]])
    return tensors


def views():
    x = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5) / 7
    tied = nn.Parameter(torch.randn(2, 3))
    return collections.OrderedDict(
        whole=x, first=x[0], last=x[2], transposed=x.permute(2, 0, 1), matrix=x[1].t(),
        steps=x[::2, 1:, ::3], row=x[1, 2], cell=x[2, 3, 4], expanded=x[1:2, :, :1].expand(3, 4, 2),
        windows=x.flatten().unfold(0, 7, 3), halves=x.half().permute(1, 2, 0),
        channels_last=torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        flags=(x > 4)[:, ::2].transpose(0, 1), counts=x.long().permute(2, 1, 0)[1:], ones=x[:, :1, :1], empty=torch.zeros(0, 3),
        nothing=x[:, 4:], scalar=torch.tensor(2.5), tied=tied, again=tied)


def big_endian(name, new_name):
    """Reverses the bytes of every number."""
    bytes_of = {}

    class Reader(pickle.Unpickler):
        def persistent_load(self, identifier):
            bytes_of[identifier[2]] = torch._utils._element_size(identifier[1].dtype)

        def find_class(self, module, name):
            found = super().find_class(module, name)
            return found if name.endswith("Storage") else lambda *arguments: {}

    with zipfile.ZipFile(path(name)) as old, zipfile.ZipFile(path(new_name), "w") as new:
        with old.open(name + "/data.pkl") as file:
            Reader(file).load()
        for entry in old.namelist():
            data, parts = old.read(entry), entry.split("/")
            if parts[1] == "data":
                size = bytes_of[parts[2]]
                data = b"".join(data[i:i + size][::-1] for i in range(0, len(data), size))
            new.writestr(undated("/".join([new_name] + parts[1:])), data)
        new.writestr(undated(new_name + "/byteorder"), "big")


def checkpoint():
    return {
        "epoch": 3, "loss": 0.5, "name": "n\u00e4me", "done": True, "none": None, "negative": -7,
        "large": 2**40, "least": -(2**53), "bytes": b"a\0\xff", "tuple": (1, 2.5, "z", None), "set": {4},
        "empty": {}, "list": [], "size": torch.Size([2, 3]), "dtype": torch.float32,
        "device": torch.device("cpu"), "counter": collections.Counter({3: 1, 5: 2}),
        "arguments": argparse.Namespace(lr=0.1, layers=[8, 16]), "model": state(),
    }


def of_numpy():
    types = [np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.int8]
    numbers = {np.dtype(each).str[1:]: each(-5) for each in types}
    numbers.update({np.dtype(each).str[1:]: each(200) for each in [np.uint64, np.uint32, np.uint16, np.uint8]})
    numbers.update(pi=np.float64(3.14159265358979), inf=np.float32("inf"), true=np.bool_(True),
                   large=np.int64(2**53 - 1), dtype=np.dtype("float32"))
    history = collections.defaultdict(list, {"loss": [0.5, np.float32(0.25)]})
    makers = {each.__name__: collections.defaultdict(each, {"a": 1}) for each in [dict, int, float, set]}
    return {"numbers": numbers, "history": history, "makers": makers, "none": collections.defaultdict(None)}


def example():
    """inst/extdata/checkpoint.pt"""
    net = nn.Sequential(collections.OrderedDict(
        up=nn.ConvTranspose2d(2, 1, 4, stride=2, padding=1)))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    image = torch.randn(1, 2, 3, 3)
    torch.save({"epoch": 3, "model": net.state_dict(), "optimizer": optimizer.state_dict(),
                "input": image, "output": net(image).detach()},
               os.path.join("inst", "extdata", "checkpoint.pt"))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    torch.manual_seed(1)
    files = {"state": state(), "types": types(), "views": views()}
    for name, tensors in files.items():
        torch.save(tensors, path(name))
    torch.save(files["state"], path("protocol4"), pickle_protocol=4)
    torch.save(files["state"], path("legacy"), _use_new_zipfile_serialization=False)
    deflate(path("state"), path("deflated"))
    big_endian("types", "big")
    torch.save(checkpoint(), path("checkpoint"))
    torch.save(of_numpy(), path("numpy"))
    torch.save(nn.Linear(1, 1), path("whole"))
    torch.jit.save(torch.jit.script(nn.ReLU()), path("script"))
    torch.save({"a": Evil()}, path("evil"))
    save({"%s.%s" % (name, key): tensor.detach().clone(memory_format=torch.contiguous_format)
          for name, tensors in files.items() for key, tensor in tensors.items()},
         os.path.join(FOLDER, "expected.safetensors"), {"format": "pt"})
    example()


if __name__ == "__main__":
    main()
