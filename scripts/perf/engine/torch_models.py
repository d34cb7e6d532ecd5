#!/usr/bin/env python3
"""The benchmark models in PyTorch, as one would write them, started from the numbers that twin.ts wrote.

    torch_models.py MODEL FOLDER BUDGET_MS eager|compile

Trains with Adam on one thread and prints a measurement (measurement.ts) as JSON on the last line.
"""
import json
import math
import pathlib
import sys
import time

try:
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as missing:
    print(json.dumps({"status": "skipped", "reason": f"no PyTorch for {sys.executable}: {missing}"}))
    sys.exit(0)

COMPARED_STEPS = 5
WARM_UP_PART = 0.5
MIN_STEPS = 5


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(128, 512)
        self.second = nn.Linear(512, 512)
        self.head = nn.Linear(512, 10)

    def loss(self, x, y):
        return F.cross_entropy(self.head(F.relu(self.second(F.relu(self.first(x))))), y)


class Block(nn.Module):
    def __init__(self, width, heads, ffn):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, ffn)
        self.down = nn.Linear(ffn, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        split = lambda t: t.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = (split(t) for t in self.qkv(self.norm1(x)).split(width, 2))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // self.heads), -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads, ffn, vocabulary, tokens=32):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.empty(tokens, width))
        self.block = nn.ModuleList([Block(width, heads, ffn) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def loss(self, ids, y):
        x = self.tokens(ids) + self.position
        for block in self.block:
            x = block(x)
        return F.cross_entropy(self.head(self.norm(x).mean(1)), y)


class Cnn(nn.Module):
    """Channels first, PyTorch's own layout; images and the classifier's rows are put in that order while loading."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 32, 3, padding=1)
        self.second = nn.Conv2d(32, 64, 3, padding=1)
        self.third = nn.Conv2d(64, 64, 3, padding=1)
        self.head = nn.Linear(8 * 8 * 64, 10)

    def adopt(self, name, value):
        if name == "head.weight":
            return value.reshape(8, 8, 64, 10).transpose(2, 0, 1, 3).reshape(8 * 8 * 64, 10)
        return value

    def inputs(self, x, y):
        return x.permute(0, 3, 1, 2).contiguous(), y

    def loss(self, x, y):
        x = F.max_pool2d(F.relu(self.second(F.relu(self.first(x)))), 2)
        x = F.max_pool2d(F.relu(self.third(x)), 2)
        return F.cross_entropy(self.head(x.flatten(1)), y)


class DeepFm(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(26 * 1000, 16)
        self.single = nn.Embedding(26 * 1000, 1)
        self.first = nn.Linear(26 * 16, 128)
        self.second = nn.Linear(128, 128)
        self.head = nn.Linear(128, 1)

    def loss(self, ids, y):
        embedded = self.table(ids)
        pairs = embedded.sum(1).square() - embedded.square().sum(1)
        deep = self.head(F.relu(self.second(F.relu(self.first(embedded.flatten(1))))))
        scores = self.single(ids).sum(1) + 0.5 * pairs.sum(1, keepdim=True) + deep
        return F.binary_cross_entropy_with_logits(scores, y)


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(2000, 128)
        self.gru = nn.GRU(128, 128, bidirectional=True)
        self.head = nn.Linear(256, 10)

    def loss(self, ids, y):
        _, last = self.gru(self.table(ids))
        return F.cross_entropy(self.head(torch.cat([last[0], last[1]], 1)), y)


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(100_000, 64)
        self.head = nn.Linear(64, 10)

    def loss(self, ids, y):
        return F.cross_entropy(self.head(self.table(ids).mean(1)), y)


MODELS = {
    "mlp": Mlp,
    "transformer": lambda: Transformer(128, 4, 4, 512, 2000),
    "transformer-7m": lambda: Transformer(256, 6, 4, 1024, 8000),
    "cnn": Cnn,
    "deepfm": DeepFm,
    "gru": Gru,
    "embedding": Bag,
}


def load(model, folder):
    """Puts the written parameters into `model` and returns the batches as tuples of tensors."""
    plan = json.loads((folder / "twin.json").read_text())
    data = (folder / "twin.bin").read_bytes()
    at = 0

    def take(shape, dtype):
        nonlocal at
        count = math.prod(shape)
        values = np.frombuffer(data, dtype=dtype, count=count, offset=at).reshape(shape)
        at += 4 * count
        return values

    state = model.state_dict()
    loaded = {}
    for entry in plan["params"]:
        value = take(entry["shape"], np.float32)
        if hasattr(model, "adopt"):
            value = model.adopt(entry["name"], value)
        if entry["role"] == "matrix":
            value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
        loaded[entry["name"]] = torch.from_numpy(np.array(value, order="C"))
    if set(loaded) != set(state):
        raise SystemExit(f"parameters differ: {sorted(set(loaded) ^ set(state))}")
    model.load_state_dict(loaded)
    batches = []
    for batch in plan["batches"]:
        tensors = []
        for spec in batch:
            values = torch.from_numpy(np.array(take(spec["shape"], np.dtype(spec["dtype"]))))
            tensors.append(values.long() if spec["dtype"] == "int32" else values)
        batches.append(model.inputs(*tensors) if hasattr(model, "inputs") else tuple(tensors))
    return batches


def tracked_peak(step, resident, batches):
    """Peak bytes of live tensor storages over one step: PyTorch counts none on the CPU, so every operation's results are
    followed by weak references to their storages. Memory inside an operation is not seen. Null where this fails."""
    try:
        from torch.multiprocessing.reductions import StorageWeakRef
        from torch.utils._python_dispatch import TorchDispatchMode
        from torch.utils._pytree import tree_flatten
    except ImportError:
        return None

    live = {}

    def note(value):
        storage = value.untyped_storage() if hasattr(value, "untyped_storage") else value.storage()
        if storage.data_ptr() != 0:
            reference = StorageWeakRef(storage)
            live[reference.cdata] = (reference, storage.nbytes())

    def now():
        for key in [key for key, (reference, _) in live.items() if reference.expired()]:
            del live[key]
        return sum(size for _, size in live.values())

    peak = 0

    class Follow(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal peak
            out = func(*args, **(kwargs or {}))
            for value in tree_flatten(out)[0]:
                if isinstance(value, torch.Tensor):
                    note(value)
            peak = max(peak, now())
            return out

    for value in resident:
        note(value)
    for batch in batches:
        for value in batch:
            note(value)
    with Follow():
        step()
    return peak


def gemm_gflops(side=512, tries=10):
    """The best of a few products, by processor time, so that other work on the machine does not count."""
    a, b = torch.full((side, side), 0.5), torch.full((side, side), 0.5)
    best = math.inf
    for _ in range(tries):
        before = time.process_time()
        a @ b
        best = min(best, time.process_time() - before)
    return 2 * side**3 / best / 1e9


def main():
    name, folder, budget_ms, mode = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    torch.set_num_threads(1)
    model = MODELS[name]()
    batches = load(model, folder)
    loss_of = model.loss
    if mode == "compile":
        if not hasattr(torch, "compile"):
            return {"status": "skipped", "reason": f"PyTorch {torch.__version__} has no torch.compile"}
        loss_of = torch.compile(model.loss)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    count = 0

    def step():
        nonlocal count
        batch = batches[count % len(batches)]
        count += 1
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(*batch)
        loss.backward()
        optimizer.step()
        return loss.item()

    begin = time.perf_counter()
    losses = [step()]
    first = (time.perf_counter() - begin) * 1e3
    while len(losses) < COMPARED_STEPS:
        losses.append(step())
    while (time.perf_counter() - begin) * 1e3 < budget_ms * WARM_UP_PART:
        step()

    times = []
    cpu = time.process_time()
    start = time.perf_counter()
    while len(times) < MIN_STEPS or (time.perf_counter() - start) * 1e3 < budget_ms:
        before = time.perf_counter()
        step()
        times.append((time.perf_counter() - before) * 1e3)
    cpu = time.process_time() - cpu

    optimizer.zero_grad(set_to_none=True)
    resident = list(model.parameters())
    for state in optimizer.state.values():
        resident += [value for value in state.values() if isinstance(value, torch.Tensor)]
    return {
        "status": "measured",
        "library": f"PyTorch {torch.__version__}",
        "parameters": sum(p.numel() for p in model.parameters()),
        "stepMs": times,
        "cpuMs": cpu * 1e3 / len(times),
        "gemmGflops": gemm_gflops(),
        "engineMs": None,
        "firstStepMs": first,
        "losses": losses,
        "peakBytes": tracked_peak(step, resident, [batches[count % len(batches)]])
        if mode == "eager"
        else None,
    }


print(json.dumps(main()))
