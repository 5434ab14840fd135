#!/usr/bin/env python3
"""Write small files with the reference implementation of safetensors, for Fovea's reader and writer to replay.

    python oracle/safetensors_files.py

every-dtype.safetensors   a tensor of each dtype that torch has, awkward names, a scalar, no elements at all
eight-bits.safetensors    every float of eight bits of both kinds that hold weights, and what torch widens it to
numbers.safetensors       f32 numbers, what torch rounds them to in f16 and bf16, and those widened again
"""
import pathlib

import torch
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parent.parent / "tensor/src/test/resources/dev/fovea/tensor/safetensors"

DTYPES = """uint64 int64 float64 complex64 float32 uint32 int32 bfloat16 float16 uint16 int16 int8 uint8 bool
float8_e5m2 float8_e4m3fn float8_e8m0fnu float8_e4m3fnuz float8_e5m2fnuz""".split()

AWKWARD = ["", "a.b", "a b", "\u00e9", "\u4e2d", "\uffee", "\U0001f600", "\"\\/\b\f\n\r\t\x01\x1f\x7f\u2028"]


def every_dtype():
    tensors = {}
    for i, name in enumerate(DTYPES):
        tensors[name] = (torch.arange(1, 7).reshape(2, 3) % (2 if name == "bool" else 7)).to(getattr(torch, name))
    for i, name in enumerate(AWKWARD):
        tensors[name] = torch.full([i % 3, 2], i + 0.5)
    tensors["scalar"] = torch.tensor(-2.5, dtype=torch.float16)
    tensors["nothing"] = torch.zeros([0, 5, 0], dtype=torch.int8)
    save_file(tensors, OUT / "every-dtype.safetensors", {"form\u00e4t": "\"pt\"\n"})


def numbers():
    bits = torch.randint(-2**31, 2**31, (400,), generator=torch.Generator().manual_seed(7), dtype=torch.int64)
    values = [bits.to(torch.int32).view(torch.float32)]
    # Around the places where rounding to f16 and bf16 decides: ties, the smallest and the largest numbers.
    centres = [1.0, 1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-8, 1 + 3 * 2**-8, 65504.0, 65520.0, 2.0**-14, 2.0**-24, 2.0**-25,
               3 * 2.0**-25, 2.0**-126, 2.0**-133, 2.0**-134, 3 * 2.0**-134, 3.38953139e38, 3.3961775e38, 3.4028235e38]
    around = torch.tensor(centres, dtype=torch.float32).view(torch.int32)
    for step in (-1, 0, 1):
        values += [(around + step).view(torch.float32), -(around + step).view(torch.float32)]
    values.append(torch.tensor([0.0, -0.0, float("inf"), -float("inf")]))
    f32 = torch.cat(values)
    f32 = f32[~f32.isnan()]
    uniform = torch.rand(300, generator=torch.Generator().manual_seed(8)) * 4 - 2
    f32 = torch.cat([f32, uniform])
    tensors = {"f64": f32.double(), "f32": f32}
    for name, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16)):
        tensors[name] = f32.to(dtype)
        tensors[name + ".widened"] = f32.to(dtype).float()
    save_file(tensors, OUT / "numbers.safetensors", {"format": "pt"})


def eight_bits():
    tensors = {}
    for name in ("float8_e4m3fn", "float8_e5m2"):
        every = torch.arange(256, dtype=torch.uint8).view(getattr(torch, name))
        tensors[name] = every
        tensors[name + ".widened"] = every.float()
        tensors[name + ".bf16"] = every.to(torch.bfloat16)
    save_file(tensors, OUT / "eight-bits.safetensors")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    every_dtype()
    numbers()
    eight_bits()
