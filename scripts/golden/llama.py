# Golden file of tasks/models/llama.test.ts, made by Hugging Face transformers (4.46, its Flax build: jax 0.4, flax 0.10).
#   python scripts/golden/llama.py
# A LLaMA of random weights, with a head of its own and with a tied one. Weights are rounded before the model sees them, so
# the file holds the exact input; names and [in, out] layout are those of tasks/models/llama.ts.
import json
import pathlib

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from transformers import FlaxLlamaForCausalLM, LlamaConfig

FORM = {"vocabulary": 19, "width": 16, "layers": 2, "heads": 2, "ffnWidth": 24}
BLOCK = {
    "input_layernorm.weight": "norm1",
    "self_attn.q_proj.kernel": "attention.query",
    "self_attn.k_proj.kernel": "attention.key",
    "self_attn.v_proj.kernel": "attention.value",
    "self_attn.o_proj.kernel": "attention.output",
    "post_attention_layernorm.weight": "norm2",
    "mlp.gate_proj.kernel": "ffn.gate",
    "mlp.up_proj.kernel": "ffn.in",
    "mlp.down_proj.kernel": "ffn.out",
}


def our_name(path):
    name = ".".join(path)
    if name == "lm_head.kernel":
        return "head"
    if name == "model.embed_tokens.embedding":
        return "embedding"
    if name == "model.norm.weight":
        return "norm"
    _, _, layer, *rest = path
    return f"layer.{layer}.{BLOCK['.'.join(rest)]}"


def case(tied, seed):
    config = LlamaConfig(
        vocab_size=FORM["vocabulary"],
        hidden_size=FORM["width"],
        intermediate_size=FORM["ffnWidth"],
        num_hidden_layers=FORM["layers"],
        num_attention_heads=FORM["heads"],
        rms_norm_eps=1e-5,
        rope_theta=10000.0,
    )
    model = FlaxLlamaForCausalLM(config, seed=0)
    rng = np.random.default_rng(seed)
    flat = {}
    for path, value in sorted(flatten_dict(model.params).items()):
        drawn = rng.standard_normal(value.shape)
        drawn = 1 + 0.2 * drawn if value.ndim == 1 else 0.4 * drawn
        flat[path] = np.array([float(f"{x:.3f}") for x in drawn.ravel()], dtype=np.float32).reshape(value.shape)
    if tied:
        # The Flax build has no switch for it.
        flat[("lm_head", "kernel")] = flat[("model", "embed_tokens", "embedding")].T
    ids = rng.integers(0, FORM["vocabulary"], (2, 11))
    logits = np.asarray(model(ids, params=unflatten_dict(flat)).logits)
    weights = {our_name(path): value.ravel().tolist() for path, value in flat.items() if not (tied and path[0] == "lm_head")}
    return {
        "tied": tied,
        "weights": {name: [float(f"{x:.3f}") for x in values] for name, values in weights.items()},
        "ids": ids.tolist(),
        "logits": [float(f"{x:.6f}") for x in logits.ravel()],
    }


golden = {"form": FORM, "cases": [case(False, 1), case(True, 2)]}
out = pathlib.Path(__file__).parents[2] / "tasks/models/llama.golden.json"
out.write_text(json.dumps(golden, separators=(",", ":")).replace("},{", "},\n{") + "\n")
