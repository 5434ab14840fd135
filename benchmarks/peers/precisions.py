"""How each peer runs an exported model in the precisions that people run for speed: what is common to clip_peers.py and generator_peers.py.

| peer | f32 | bf16 | int8 |
|---|---|---|---|
| torch | f32 | weights and what lies between layers in bf16 | - |
| onnxruntime | f32 | - | quantize_dynamic: int8 weights by output channel, activations by tensor as they come |
| openvino | f32 | INFERENCE_PRECISION_HINT bf16, its own default where the processor has bf16 | nncf.quantize, preset for transformers |

Quantised models stay in the cache beside the exported ones.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

OF = {"torch": ("f32", "bf16"), "onnxruntime": ("f32", "int8"), "openvino": ("f32", "bf16", "int8")}


def check(peer, precision):
    if precision not in OF[peer]:
        raise SystemExit(f"{peer} has no {precision}; it has {', '.join(OF[peer])}")


def label(name, precision):
    return name if precision == "f32" else f"{name} {precision}"


def agreement(found, answer, direction):
    """The largest difference relative to the answer's largest value, and the least cosine of a row; with `direction` of rows of length 1."""
    found, answer = np.asarray(found, np.float64), np.asarray(answer, np.float64)
    if not np.isfinite(found).all():
        raise ValueError("the answer has NaN or infinity")
    length, expected = (np.linalg.norm(x, axis=-1, keepdims=True) for x in (found, answer))
    cosine = ((found * answer).sum(-1, keepdims=True) / (length * expected)).min()
    if direction:
        found, answer = found / length, answer / expected
    return {"difference": float(np.abs(found - answer).max() / np.abs(answer).max()), "cosine": float(cosine)}


def torch_call(torch, module, precision):
    """A function from an array to an array; `module` may be converted in place."""
    module = module.to(torch.bfloat16) if precision == "bf16" else module

    def call(values):
        given = torch.from_numpy(values)
        if precision == "bf16" and given.is_floating_point():
            given = given.to(torch.bfloat16)
        with torch.inference_mode():
            return module(given).float().numpy()

    return call


def quantised(file, peer):
    """The int8 twin of an exported model, made if it is missing or older. In a process of its own: what that leaves behind in memory and
    threads must not weigh on a peer."""
    made = file.with_name(f"{file.stem}-int8.{'onnx' if peer == 'onnxruntime' else 'xml'}")
    if not made.exists() or made.stat().st_mtime_ns < file.stat().st_mtime_ns:
        subprocess.run([sys.executable, __file__, peer, str(file), str(made)], check=True, stdout=sys.stderr)
    return made


def onnx_file(file, precision):
    """The file that ONNX Runtime is to load."""
    return quantised(file, "onnxruntime") if precision == "int8" else file


def openvino_file(file, precision):
    """The file that OpenVINO is to load."""
    return quantised(file, "openvino") if precision == "int8" else file


def openvino_settings(precision, threads):
    settings = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": threads}
    if precision == "f32":  # else bf16 on processors that have it
        settings |= {"INFERENCE_PRECISION_HINT": "f32", "EXECUTION_MODE_HINT": "ACCURACY"}
    elif precision == "bf16":
        settings |= {"INFERENCE_PRECISION_HINT": "bf16"}
    return settings  # int8: what is not quantised runs as OpenVINO thinks fastest


def quantise_for_onnxruntime(file, made):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    operators = ["MatMul", "Gemm"]
    quantize_dynamic(file, made, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=operators)


def quantise_for_openvino(file, made):
    import nncf
    import openvino

    model = openvino.Core().read_model(str(file))
    given = samples(file.parent, model.input(0).any_name)
    kind = nncf.ModelType.TRANSFORMER
    model = nncf.quantize(model, nncf.Dataset(given), model_type=kind, subset_size=len(given))
    openvino.save_model(model, str(made), compress_to_fp16=False)


def samples(cache, name):
    """Inputs to calibrate int8 with, one at a time: all pictures, or the labels whose answers are known."""
    given = load_file(cache / "inputs.safetensors")
    values = given["pixels"] if name == "pixels" else given["labels"][:64].astype(np.int64)
    return [values[i : i + 1] for i in range(len(values))]


if __name__ == "__main__":
    peer, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    print(f"quantising {source} for {peer}", file=sys.stderr)
    {"onnxruntime": quantise_for_onnxruntime, "openvino": quantise_for_openvino}[peer](source, target)
