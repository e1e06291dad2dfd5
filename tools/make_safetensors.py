"""Makes tests/testthat/fixtures/pytorch.safetensors, PyTorch's tensors of every type that it has, and
inst/extdata/decoder.safetensors, a small network with an input and PyTorch's result.

The writer below follows the format's description (https://github.com/huggingface/safetensors); the
numbers, their conversions and the results of layers are PyTorch's. Run from the top of the
repository: python3 tools/make_safetensors.py

    f16, bf16, ...            special and ordinary numbers of a type, f16.as_f64 the same as doubles
    rounding                  numbers, rounding.f16 and rounding.bf16 what PyTorch rounds them to
    net.*                     two layers, their input and their results
"""

import json
import os
import struct

import torch
import torch.nn.functional as F

TYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64",
    torch.uint8: "U8", torch.bool: "BOOL",
}


def save(tensors, path, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        tensor = tensor.contiguous()
        raw = bytes(tensor.storage().untyped()) if tensor.numel() else b""
        begin = len(data)
        data += raw
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def special(dtype):
    info = torch.finfo(dtype)
    values = [0.0, -0.0, 1.0, -1.0, 1 / 3, -2.5, info.max, info.min, info.tiny, -info.tiny,
              info.tiny / 4, -info.tiny / 8, float("inf"), float("-inf"), float("nan"), 1 + info.eps]
    return torch.tensor(values, dtype=torch.float64).to(dtype).reshape(2, 8)


def whole(dtype):
    info = torch.iinfo(dtype)
    low, high = max(info.min, -2**53), min(info.max, 2**53)
    return torch.tensor([0, 1, 2, low, high, high - 1], dtype=dtype).reshape(3, 2)


def decoder():
    """Two transposed convolutions with a rectifier between them."""
    torch.manual_seed(2)
    up1 = torch.nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1)
    up2 = torch.nn.ConvTranspose2d(3, 1, 3, stride=2, padding=1, output_padding=1)
    image = torch.randn(1, 4, 5, 6)
    tensors = {"up1." + name: value.detach() for name, value in up1.state_dict().items()}
    tensors.update({"up2." + name: value.detach() for name, value in up2.state_dict().items()})
    tensors["example.input"] = image
    tensors["example.output"] = up2(F.relu(up1(image))).detach()
    return tensors


def main():
    save(decoder(), os.path.join("inst", "extdata", "decoder.safetensors"), {"format": "pt"})
    torch.manual_seed(1)
    tensors = {}
    for dtype in [torch.float16, torch.bfloat16, torch.float32]:
        tensors[TYPES[dtype].lower()] = special(dtype)
    for dtype in [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8]:
        tensors[TYPES[dtype].lower()] = whole(dtype)
    tensors["bool"] = torch.tensor([[True, False, False], [True, True, False]])
    for name in list(tensors):
        tensors[name + ".as_f64"] = tensors[name].to(torch.float64)
    tensors["scalar"] = torch.tensor(2.5, dtype=torch.float64)
    tensors["empty"] = torch.zeros(0, 3)

    numbers = torch.randn(200) * 10 ** (torch.rand(200) * 12 - 8)
    halfway = torch.tensor([1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-8, 1 + 3 * 2**-8, 2**-25, 3 * 2**-25])
    numbers = torch.cat([numbers, halfway, -halfway])
    tensors["rounding"] = numbers
    tensors["rounding.f16"] = numbers.to(torch.float16)
    tensors["rounding.bf16"] = numbers.to(torch.bfloat16)

    shape = {"up": (4, 3, 3, 2), "down": (6, 2, 3, 2)}
    image = torch.randn(2, 4, 5, 6, dtype=torch.float64)
    weight = {name: torch.randn(*shape[name], dtype=torch.float64) for name in shape}
    bias = {name: torch.randn(6, dtype=torch.float64) for name in shape}
    tensors["net.input"] = image
    for name in shape:
        tensors["net.%s.weight" % name] = weight[name]
        tensors["net.%s.bias" % name] = bias[name]
    tensors["net.up_output"] = F.conv_transpose2d(
        image, weight["up"], bias["up"], stride=2, padding=1, output_padding=1, groups=2)
    tensors["net.down_output"] = F.conv2d(
        image, weight["down"], bias["down"], stride=2, padding=1, groups=2)
    save(tensors, os.path.join("tests", "testthat", "fixtures", "pytorch.safetensors"),
         {"format": "pt", "torch": torch.__version__})


if __name__ == "__main__":
    main()
