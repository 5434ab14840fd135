"""Write training checkpoints that hold all kinds of objects beside their weights, as torch.save writes them.

    python oracle/pickle_cases.py

torch.load(weights_only=True) reads some of the objects and refuses others; Fovea reads the weights and passes over the rest.
"""

import argparse
import collections
import datetime
import enum
import gzip
import io
import json
import pathlib

import numpy
import torch

OUT = pathlib.Path(__file__).parent.parent / "weight-converter/src/test/resources/dev/fovea/converter/cases/beside-weights"


class Colour(enum.Enum):
    RED = 1


class OwnTensor(torch.Tensor):
    pass


class OwnDictionary(dict):
    pass


class Slots:
    __slots__ = ("x",)


def weights():
    torch.manual_seed(0)
    frozen = torch.nn.Buffer(torch.tensor([3.0, 4.0]))
    extra = torch.ones(2)
    extra.note = "an attribute"
    return {
        "layer.weight": torch.nn.Parameter(torch.arange(6.0).reshape(2, 3)),
        "layer.bias": torch.tensor([1.0, 2.0], dtype=torch.float16),
        "frozen": frozen,
        "counts": torch.tensor([1, 70000], dtype=torch.int64),
        "wide": torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
        "extra": extra,
        "_extra_state": argparse.Namespace(scale=1),
    }


def training():
    """What schedulers, optimisers and trainers keep."""
    net = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    slots = Slots()
    slots.x = 3
    itself = argparse.Namespace()
    itself.me = (itself,)
    return {
        "scheduler": torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5]).state_dict(),
        "optimizer": optimizer.state_dict(),
        "sets": [{1, 2}, frozenset({3}), set(), {("a", 1)}],
        "bytes": [b"xyz", bytearray(b"abc"), bytes(300)],
        "types": [torch.float16, torch.Size([2]), torch.device("cpu"), torch.strided],
        "dictionaries": [collections.defaultdict(list, a=[1]), collections.Counter("hello"), OwnDictionary(a=1), {None: 1, (1, 2): 3}],
        "args": argparse.Namespace(path=pathlib.Path("/x"), when=datetime.datetime(2026, 1, 1), colour=Colour.RED, lr=0.1),
        "objects": [slots, itself, 1 + 2j, 10**50, -(10**700), slice(1, 2), range(4), NotImplemented, ..., torch.nn.functional.relu],
        "module": net,
    }


def arrays():
    return {
        "best": numpy.float64(0.5),
        "curve": numpy.arange(3.0),
        "step": numpy.int64(3),
        "dtype": numpy.dtype("f4"),
        "names": numpy.array([1, "a"], dtype=object),
        "random": numpy.random.default_rng(0).bit_generator.state,
    }


def tensors():
    """Tensors that no checkpoint of Fovea's models holds."""
    ones = torch.ones(3, 2)
    return {
        "subclass": ones.as_subclass(OwnTensor),
        "sparse": torch.eye(3).to_sparse(),
        "rows": torch.eye(3).to_sparse_csr(),
        "quantized": torch.quantize_per_tensor(ones, 0.1, 0, torch.qint8),
        "channels": torch.quantize_per_channel(ones, torch.full((3,), 0.1), torch.zeros(3), 0, torch.qint8),
        "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "complex": [torch.ones(2, dtype=torch.complex64), torch.ones(2, dtype=torch.complex128)],
        "conjugate": torch.ones(2, dtype=torch.complex64).conj(),
        "unsigned": torch.ones(2, dtype=torch.uint16),
        "eight": torch.ones(2).to(torch.float8_e4m3fn),
        "meta": torch.ones(2, device="meta"),
        "random": torch.Generator().get_state(),
    }


def write(name, **options):
    everything = dict(state_dict=weights(), epoch=1) | training() | arrays() | {f"tensor.{k}": v for k, v in tensors().items()}
    file = io.BytesIO()
    torch.save(everything, file, **options)
    with open(OUT / f"{name}.gz", "wb") as target, gzip.GzipFile("", "wb", 9, target, 0) as packed:
        packed.write(file.getvalue())


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write("zip.pt")
    write("protocol5.pt", pickle_protocol=5)
    write("legacy.pt", _use_new_zipfile_serialization=False)
    write("legacy4.pt", _use_new_zipfile_serialization=False, pickle_protocol=4)
    plain = {name: value for name, value in weights().items() if isinstance(value, torch.Tensor)}
    rows = {name: [str(x.dtype).split(".")[1], list(x.shape), [float(y) for y in x.double().flatten()]] for name, x in plain.items()}
    (OUT / "expected.json").write_text(json.dumps(rows, indent=1) + "\n")
