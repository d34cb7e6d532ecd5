# Golden files for harness/data/safetensors.test.ts and float16.test.ts, made by the Python packages
# safetensors (0.8) and numpy.
#   python scripts/golden/safetensors-files.py
import base64
import json
import pathlib

import numpy as np
from safetensors import TensorSpec, serialize
from safetensors.numpy import save

FOLDER = pathlib.Path(__file__).parents[2] / "harness/data"


def b64(data):
    return base64.b64encode(data).decode("ascii")


def widen(bits):
    return np.array(bits, dtype=np.uint32).view(np.float32).tolist()


arrays = {
    "z.weight": np.array([[1.5, -2.25, 0.0], [3.0e38, 1.0e-45, -0.0]], dtype=np.float32),
    "a.half": np.array([0.5, -65504.0, 6.0e-8, 1.0 / 3.0], dtype=np.float16),
    "position_ids": np.array([[0, 1, 2, 9007199254740993]], dtype=np.int64),
    "counts": np.array([-2147483648, 2147483647], dtype=np.int32),
    "bytes": np.array([0, 127, 255], dtype=np.uint8),
    "mask": np.array([True, False, True], dtype=bool),
    "scalar": np.array(7.0, dtype=np.float32),
    "empty": np.zeros((0, 4), dtype=np.float32),
    "ключ \"quoted\"": np.array([1.0], dtype=np.float32),
}
mixed = {
    "file": b64(save(arrays, metadata={"format": "np"})),
    "tensors": {
        name: {"shape": list(a.shape), "values": [str(v) if a.dtype == np.int64 else (int(v) if a.dtype == bool else v) for v in a.ravel().tolist()]}
        for name, a in arrays.items()
    },
}
# numpy has no bfloat16: the patterns are given, and their values are those of float32 with the low half zero.
patterns = [0x3F80, 0xC020, 0x4049, 0x0001, 0x7F7F, 0x8000]
stored = np.array(patterns, dtype=np.uint16)
spec = TensorSpec(dtype="bfloat16", shape=[2, 3], data_ptr=stored.ctypes.data, data_len=stored.nbytes)
brain = {
    "file": b64(bytes(serialize({"b": spec}))),
    "values": widen([p << 16 for p in patterns]),
}
(FOLDER / "safetensors.golden.json").write_text(json.dumps({"mixed": mixed, "brain": brain}, indent=1) + "\n")

chance = np.random.default_rng(3)
values = np.concatenate([
    np.array([0.0, -0.0, 1.0, 65504.0, 65519.99, 65520.0, 1e6, -1e6, 6.103515625e-05, 6.1e-05, 5.9604645e-08, 2.9802322e-08, 2.98e-08, 3.0e-08, 8.940697e-08, 1e-10], dtype=np.float32),
    # Exactly half way between two halves: ties to even.
    np.array([1 + 1 / 2048, 1 + 3 / 2048, 2 + 1 / 1024, 2047.5, 2048.5, 2049.0, 4097.0, 4098.0], dtype=np.float32),
    (chance.standard_normal(150) * 10.0 ** chance.integers(-8, 5, 150)).astype(np.float32),
])
with np.errstate(over="ignore"):
    halves = values.astype(np.float16)
golden = {"values": [float(v) for v in values], "patterns": halves.view(np.uint16).tolist(), "widened": [float(v) if np.isfinite(v) else str(v) for v in halves.astype(np.float32)]}
(FOLDER / "float16.golden.json").write_text(json.dumps(golden) + "\n")
