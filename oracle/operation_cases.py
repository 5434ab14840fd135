"""Write the small exact cases that pin Fovea's reference backend itself down.

    python oracle/operation_cases.py

activations.json, convolutions.json and attention.json go to tensor/src/test/resources/dev/fovea/tensor/reference/oracle/.
Inputs are f32 numbers; results are f64: elementwise functions, softmax and layer norm worked out with 60 digits and
rounded once, convolutions and attention by PyTorch in f64. oracle/README.md lists the fields.
"""

import json
from pathlib import Path

import mpmath
import numpy as np
import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parent.parent / "tensor/src/test/resources/dev/fovea/tensor/reference/oracle"
mpmath.mp.dps = 60
mpf = mpmath.mpf


def single(values):
    """The f32 numbers nearest to `values`, as Python floats: what a float array holds."""
    return [float(v) for v in np.asarray(values, dtype=np.float32).ravel()]


def spread_of_inputs():
    near = np.linspace(-6, 6, 97)
    magnitudes = [1e-30, 1e-8, 1e-4, 1e-3, 0.01, 7.0, 8.5, 10.0, 13.0, 20.0, 50.0, 88.0, 104.0, 1e4, 1e30]
    return single(sorted([*near, *magnitudes, *(-m for m in magnitudes)]))


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


ELEMENTWISE = {
    "relu": lambda x: max(x, mpf(0)),
    "sigmoid": sigmoid,
    "tanh": mpmath.tanh,
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "silu": lambda x: x * sigmoid(x),
    "quick_gelu": lambda x: x * sigmoid(mpf("1.702") * x),
    "gelu_tanh": lambda x: x * sigmoid(2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpf("0.044715") * x**3)),
}


def softmax(row):
    largest = max(row)
    powers = [mpmath.exp(mpf(v) - largest) for v in row]
    return [float(p / sum(powers)) for p in powers]


def layer_norm(row, weight, bias, epsilon):
    row = [mpf(v) for v in row]
    mean = sum(row) / len(row)
    variance = sum((v - mean) ** 2 for v in row) / len(row)
    root = mpmath.sqrt(variance + mpf(epsilon))
    return [float((v - mean) / root * w + b) for v, w, b in zip(row, weight, bias, strict=True)]


def activations(draw):
    x = spread_of_inputs()
    softmax_rows = {
        "spread": single(draw.normal(0, 3, 11)),
        "one": [4.25],
        "equal": [1.5] * 7,
        "large": [10000.0, 9999.0, 9990.0, -10000.0],
        "far apart": [0.0, -200.0, -87.0, 3.0],
        "large negative": [-3e38, -3e38, -2e38],
    }
    norms = []
    for name, row, epsilon in [
        ("spread", single(draw.normal(0.5, 2, 13)), 1e-5),
        ("far from zero", single(1000 + draw.normal(0, 0.1, 16)), 1e-5),
        ("tiny: epsilon rules", single(draw.normal(0, 1e-4, 8)), 1e-5),
        ("constant", single([3.0] * 5), 1e-5),
        ("one channel", single([2.5]), 1e-6),
        ("large", single(draw.normal(0, 1e5, 9)), 1e-12),
    ]:
        weight, bias = single(draw.normal(1, 0.3, len(row))), single(draw.normal(0, 0.3, len(row)))
        output = layer_norm(row, weight, bias, epsilon)
        norms.append(dict(name=name, epsilon=epsilon, input=row, weight=weight, bias=bias, output=output))
    return {
        "x": x,
        **{name: [float(f(mpf(v))) for v in x] for name, f in ELEMENTWISE.items()},
        "softmax": [
            dict(name=name, input=single(row), output=softmax(single(row))) for name, row in softmax_rows.items()
        ],
        "layer_norm": norms,
    }


def sixteenths(draw, *shape):
    """Random multiples of 1/16 in [-2, 2]: sums of their products are exact in f32, in whatever order."""
    return torch.from_numpy(draw.integers(-32, 33, shape) / 16.0)


def rows(pictures):
    """[images, channels, height, width] as [images * height * width, channels], flat."""
    return pictures.permute(0, 2, 3, 1).flatten().tolist()


CONVOLUTIONS = {  # images, height, width, in, out, kernel, stride, padding, groups, bias
    "plain 3x3": (2, 5, 6, 3, 4, (3, 3), (1, 1), (1, 1), 1, True),
    "no padding, no bias": (1, 6, 5, 2, 3, (3, 3), (1, 1), (0, 0), 1, False),
    "strided, odd size": (2, 7, 5, 3, 2, (3, 3), (2, 2), (1, 1), 1, True),
    "patch embedding": (2, 8, 8, 3, 5, (4, 4), (4, 4), (0, 0), 1, False),
    "patches that leave a rest": (1, 9, 7, 3, 5, (4, 4), (4, 4), (0, 0), 1, False),
    "1x1": (2, 3, 4, 5, 6, (1, 1), (1, 1), (0, 0), 1, True),
    "1x1 strided": (1, 5, 5, 3, 4, (1, 1), (2, 2), (0, 0), 1, False),
    "grouped": (2, 5, 5, 6, 4, (3, 3), (1, 1), (1, 1), 2, True),
    "depthwise": (2, 6, 5, 5, 5, (3, 3), (1, 1), (1, 1), 5, True),
    "depthwise, two outputs each": (1, 5, 5, 3, 6, (3, 3), (1, 1), (1, 1), 3, True),
    "depthwise strided": (1, 7, 6, 4, 4, (3, 3), (2, 2), (1, 1), 4, False),
    "unequal sides": (1, 6, 9, 2, 3, (2, 5), (1, 3), (0, 2), 1, True),
    "7x7 stride 4, padding 3": (1, 11, 10, 3, 4, (7, 7), (4, 4), (3, 3), 1, True),
    "kernel wider than the picture": (1, 2, 2, 2, 2, (3, 3), (1, 1), (1, 1), 1, True),
}

AVERAGE_POOLS = {  # images, height, width, channels, kernel, stride
    "2x2": (2, 4, 6, 3, (2, 2), (2, 2)),
    "2x2, odd size": (1, 5, 7, 4, (2, 2), (2, 2)),
    "overlapping": (1, 6, 5, 2, (3, 3), (1, 1)),
    "unequal sides": (1, 4, 8, 3, (2, 4), (2, 4)),
    "all of it": (2, 4, 4, 5, (4, 4), (4, 4)),
}


def convolutions(draw):
    found = []
    for name, (images, height, width, inside, outside, kernel, stride, padding, groups, biased) in CONVOLUTIONS.items():
        pictures = sixteenths(draw, images, inside, height, width)
        weight = sixteenths(draw, outside, inside // groups, *kernel)
        bias = sixteenths(draw, outside) if biased else None
        y = F.conv2d(pictures, weight, bias, stride, padding, 1, groups)
        found.append(
            dict(name=name, images=images, height=height, width=width, in_channels=inside, out_channels=outside,
                 kernel=kernel, stride=stride, padding=padding, groups=groups, out_height=y.shape[2],
                 out_width=y.shape[3], input=rows(pictures), weight=weight.flatten().tolist(),
                 bias=bias.tolist() if biased else None, output=rows(y))
        )  # fmt: skip
    pools = []
    for name, (images, height, width, channels, kernel, stride) in AVERAGE_POOLS.items():
        pictures = sixteenths(draw, images, channels, height, width)
        y = F.avg_pool2d(pictures, kernel, stride)
        pools.append(
            dict(name=name, images=images, height=height, width=width, channels=channels, kernel=kernel, stride=stride,
                 out_height=y.shape[2], out_width=y.shape[3], input=rows(pictures), output=rows(y))
        )  # fmt: skip
    return {"conv2d": found, "average_pool": pools}


ATTENTION = {  # heads, head dimension, value dimension per head, queries and keys of each sequence, causal
    "three sequences": (2, 5, 5, [(4, 4), (1, 1), (7, 7)], False),
    "causal": (3, 4, 4, [(5, 5), (2, 2)], True),
    "cross": (2, 3, 3, [(2, 6), (3, 1)], False),
    "causal after a cached prefix": (2, 4, 4, [(1, 5), (3, 4)], True),
    "one head, sharp": (1, 10, 10, [(6, 6)], False),
}


def attention(draw):
    found = []
    for name, (heads, dim, value_dim, lengths, causal) in ATTENTION.items():
        gain = 6 if "sharp" in name else 1.5
        q, k, v, out, probabilities = [], [], [], [], []
        for queries, keys in lengths:
            a = torch.tensor(single(draw.normal(0, gain, (heads * queries * dim)))).double().view(heads, queries, dim)
            b = torch.tensor(single(draw.normal(0, 1, (heads * keys * dim)))).double().view(heads, keys, dim)
            c = (
                torch.tensor(single(draw.normal(0, 1, (heads * keys * value_dim))))
                .double()
                .view(heads, keys, value_dim)
            )
            scores = a @ b.transpose(1, 2) * dim**-0.5
            if causal:  # query i stands at position keys - queries + i
                after = torch.ones(queries, keys).triu(keys - queries + 1).bool()
                scores = scores.masked_fill(after, float("-inf"))
            p = scores.softmax(-1)
            for store, value in ((q, a), (k, b), (v, c), (out, p @ c)):
                store += value.transpose(0, 1).flatten().tolist()
            probabilities.append(p.flatten().tolist())
        found.append(
            dict(name=name, heads=heads, head_dim=dim, causal=causal, query_lengths=[a for a, _ in lengths],
                 key_lengths=[b for _, b in lengths], scale=dim**-0.5, queries=q, keys=k, values=v, output=out,
                 probabilities=probabilities)
        )  # fmt: skip
    return {"attention": found}


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(20)
    for name, content in (("activations", activations), ("convolutions", convolutions), ("attention", attention)):
        file = OUT / f"{name}.json"
        # One entry a line: readable, and a change shows as the lines that changed.
        lines = []
        for key, value in content(draw).items():
            if isinstance(value[0], dict):
                entries = ",\n    ".join(json.dumps(entry) for entry in value)
                lines.append(f"  {json.dumps(key)}: [\n    {entries}\n  ]")
            else:
                lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
        file.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{file.name}: {file.stat().st_size / 1024:.0f} KiB")
