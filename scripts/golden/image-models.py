# Golden numbers for tasks/models/image.test.ts and harness/nn/batch-norm.test.ts, made by PyTorch 1.13: forward passes of
# LeNet, ResNet-20 and the vision transformer with weights that both sides make by one formula, and batch normalisation.
#   python scripts/golden/image-models.py
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).parents[2]
torch.set_num_threads(1)


def values(name, shape, spread, centre=0.0):
    """Entry i of the array called `name`: centre + spread sin(0.7 i + 0.01 i^2 + the sum of its letters' codes)."""
    count = math.prod(shape)
    start = sum(map(ord, name))
    at = np.arange(count, dtype=np.float64)
    numbers = centre + spread * np.sin(0.7 * at + 0.01 * at * at + start)
    return torch.tensor(numbers.astype(np.float32).reshape(shape))


def dense(path, fan_in, fan_out, bias=True):
    weight = values(f"{path}.weight", (fan_in, fan_out), 1.5 / math.sqrt(fan_in))
    return weight, values(f"{path}.bias", (fan_out,), 0.1) if bias else None


def convolve(x, path, size, filters, stride=1, padding=0, bias=True):
    channels = x.shape[1]
    weight, offset = dense(path, size * size * channels, filters, bias)
    # [size, size, channels, filters] to PyTorch's [filters, channels, size, size].
    kernel = weight.reshape(size, size, channels, filters).permute(3, 2, 0, 1)
    return F.conv2d(x, kernel, offset, stride, padding)


def linear(x, path, fan_out):
    weight, bias = dense(path, x.shape[-1], fan_out)
    return x @ weight + bias


def pixels(side, channels):
    image = values("pixels", (2, side, side, channels), 1.0)
    return image.permute(0, 3, 1, 2)


def lenet():
    x = F.max_pool2d(F.relu(convolve(pixels(28, 1), "conv.0", 5, 6, padding=2)), 2)
    x = F.max_pool2d(F.relu(convolve(x, "conv.1", 5, 16)), 2)
    x = x.permute(0, 2, 3, 1).reshape(2, 400)
    x = F.relu(linear(x, "dense.0", 120))
    x = F.relu(linear(x, "dense.1", 84))
    return {"evaluation": linear(x, "head", 10)}


class Norms:
    """Batch normalisation by path, with running statistics that stay between passes."""

    def __init__(self):
        self.running = {}

    def __call__(self, x, path, training):
        width = x.shape[1]
        mean, variance = self.running.setdefault(path, (torch.zeros(width), torch.ones(width)))
        gain = values(f"{path}.weight", (width,), 0.5, 1.0)
        shift = values(f"{path}.bias", (width,), 0.2)
        return F.batch_norm(x, mean, variance, gain, shift, training, 0.1, 1e-5)


def resnet20():
    norms = Norms()

    def forward(training):
        x = F.relu(norms(convolve(pixels(32, 3), "stem", 3, 16, 1, 1, False), "stem.norm", training))
        for block in range(9):
            filters = 16 * 2 ** (block // 3)
            stride = 2 if block in (3, 6) else 1
            path = f"block.{block}.conv"
            y = convolve(x, f"{path}.0", 3, filters, stride, 1, False)
            y = F.relu(norms(y, f"{path}.0.norm", training))
            y = norms(convolve(y, f"{path}.1", 3, filters, 1, 1, False), f"{path}.1.norm", training)
            if stride == 2:
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, filters - x.shape[1]))
            x = F.relu(x + y)
        return linear(x.mean((2, 3)), "head", 10)

    return {"training": forward(True), "evaluation": forward(False)}


def vit():
    width, heads, tokens = 96, 4, 64

    def norm(x, path):
        gain = values(f"{path}.weight", (width,), 0.5, 1.0)
        return F.layer_norm(x, (width,), gain, values(f"{path}.bias", (width,), 0.2), 1e-6)

    x = convolve(pixels(32, 3), "patch", 4, width, 4).permute(0, 2, 3, 1).reshape(2, tokens, width)
    x = x + values("position", (tokens, width), 0.5)
    for block in range(4):
        path = f"layer.{block}"
        normed = norm(x, f"{path}.norm1")
        query, key, value = (
            linear(normed, f"{path}.attention.{name}", width)
            .reshape(2, tokens, heads, width // heads)
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        weights = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(width // heads), -1)
        mixed = (weights @ value).transpose(1, 2).reshape(2, tokens, width)
        x = x + linear(mixed, f"{path}.attention.output", width)
        hidden = F.gelu(linear(norm(x, f"{path}.norm2"), f"{path}.ffn.in", 192))
        x = x + linear(hidden, f"{path}.ffn.out", width)
    return {"evaluation": linear(norm(x, "norm").mean(1), "head", 10)}


def batch_norm():
    """Two training batches of sizes 6 and 1, then evaluation; the gradient of sum(y * dy) of the first batch."""
    width = 3
    norm = torch.nn.BatchNorm2d(width)
    with torch.no_grad():
        norm.weight.copy_(values("gain", (width,), 0.5, 1.0))
        norm.bias.copy_(values("shift", (width,), 0.2))
    first = values("first", (6, 2, 2, width), 2.0, 0.5).requires_grad_()
    dy = values("dy", (6, 2, 2, width), 1.0)
    y = norm(first.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    (y * dy).sum().backward()
    second = norm(values("second", (1, 2, 2, width), 2.0).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    norm.eval()
    evaluated = norm(first.detach().permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    return {
        "y": y,
        "dx": first.grad,
        "dGain": norm.weight.grad,
        "dShift": norm.bias.grad,
        "second": second,
        "runningMean": norm.running_mean,
        "runningVariance": norm.running_var,
        "evaluated": evaluated,
    }


def write(path, golden):
    numbers = {
        name: {part: [float(f"{v:.6g}") for v in tensor.flatten().tolist()] for part, tensor in parts.items()}
        for name, parts in golden.items()
    }
    (ROOT / path).write_text(json.dumps(numbers) + "\n")


write("tasks/models/image.golden.json", {"lenet": lenet(), "resnet20": resnet20(), "vit": vit()})
write("harness/nn/batch-norm.golden.json", {"batchNorm": batch_norm()})
