# Golden file for the test of harness/nn/gru.ts, made by PyTorch's nn.GRU (1.13, double precision).
#   python scripts/golden/gru.py
# A bidirectional layer over sequences of different lengths (packed) and over a full batch: states, last states and the
# gradients of sum(weights * states) + sum(lastWeights * last) in the input and in every parameter.
import json
import pathlib

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

FILE = pathlib.Path(__file__).parents[2] / "harness/nn/gru.golden.json"
STEPS, BATCH, INPUTS, HIDDEN = 5, 3, 4, 3
torch.manual_seed(20240611)


def drawn(*shape):
    """Rounded to 3 decimals, so that the file holds the exact input."""
    return torch.round(torch.randn(*shape, dtype=torch.float64) * 1000) / 1000


def case(lengths):
    layer = torch.nn.GRU(INPUTS, HIDDEN, bidirectional=True).double()
    with torch.no_grad():
        for param in layer.parameters():
            param.copy_(drawn(*param.shape) * 0.5)
    x = drawn(STEPS, BATCH, INPUTS).requires_grad_()
    weights, last_weights = drawn(STEPS, BATCH, 2 * HIDDEN), drawn(BATCH, 2 * HIDDEN)
    if lengths is None:
        states, last = layer(x)
    else:
        packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        packed_states, last = layer(packed)
        states, _ = pad_packed_sequence(packed_states, total_length=STEPS)
    last = torch.cat([last[0], last[1]], 1)
    ((weights * states).sum() + (last_weights * last).sum()).backward()
    flat = lambda t: t.detach().reshape(-1).tolist()
    return {
        "lengths": lengths,
        "x": flat(x),
        "weights": flat(weights),
        "lastWeights": flat(last_weights),
        # [in, out] as this project stores matrices.
        "params": {name: flat(p.T if p.ndim == 2 else p) for name, p in layer.named_parameters()},
        "states": flat(states),
        "last": flat(last),
        "dx": flat(x.grad),
        "gradients": {name: flat(p.grad.T if p.ndim == 2 else p.grad) for name, p in layer.named_parameters()},
    }


FILE.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "sizes": {"steps": STEPS, "batch": BATCH, "inputs": INPUTS, "hidden": HIDDEN},
            "cases": [case(None), case([5, 2, 4])],
        }
    )
    + "\n"
)
