# Golden files of tasks/models/bert.test.ts, made by Hugging Face transformers (5.24, torch 2.15).
#   python -P scripts/golden/bert-models.py   (-P: statistics.py beside it hides the module of that name)
# A BERT and a RoBERTa of random weights, 2 layers of width 32, saved under their library's names, and what they make of single
# texts and pairs of different lengths in one padded batch: states, pooled vectors, scores of a given head, a loss, gradients.
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

OUT = pathlib.Path(__file__).parents[2] / "tasks/models"
SHARED = dict(vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48)


def plain(tensor):
    return [float(f"{x:.6g}") for x in tensor.detach().flatten().tolist()]


def case(model, rows, pad, types, watched):
    """`rows`: ids and the position of each row's second text (its length where there is none)."""
    model.eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            # Larger than the library's own start, so that attention and activations leave their linear part.
            gain = name.endswith("LayerNorm.weight")
            value.copy_(torch.randn_like(value) * (0.3 if value.ndim > 1 else 0.2) + (1 if gain else 0))
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([ids + [pad] * (longest - len(ids)) for ids, _ in rows])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in rows])
    kinds = torch.tensor([[int(types and second <= t < len(ids)) for t in range(longest)] for ids, second in rows])
    head = torch.nn.Linear(32, 3)
    labels = torch.tensor([i % 3 for i in range(len(rows))])
    out = model(input_ids=ids, attention_mask=mask, token_type_ids=kinds)
    scores = head(out.pooler_output)
    loss = torch.nn.functional.cross_entropy(scores, labels)
    loss.backward()
    named = dict(model.named_parameters())
    gradients = {
        ours: plain(named[theirs].grad.T if named[theirs].ndim > 1 and "embeddings" not in theirs else named[theirs].grad)
        for ours, theirs in watched.items()
    }
    return {
        "rows": rows,
        "length": longest,
        "labels": labels.tolist(),
        # [in, out]
        "head": {"weight": plain(head.weight.T), "bias": plain(head.bias)},
        # States of the tokens that are no padding, row by row.
        "states": plain(torch.cat([out.last_hidden_state[i, : len(ids)] for i, (ids, _) in enumerate(rows)])),
        "pooled": plain(out.pooler_output),
        "scores": plain(scores),
        "loss": loss.item(),
        "gradients": gradients,
    }


def watched(types):
    return {
        "embedding.position": "embeddings.position_embeddings.weight",
        **({"embedding.type": "embeddings.token_type_embeddings.weight"} if types else {}),
        "embedding.norm.weight": "embeddings.LayerNorm.weight",
        "layer.0.attention.query.weight": "encoder.layer.0.attention.self.query.weight",
        "layer.1.attention.value.bias": "encoder.layer.1.attention.self.value.bias",
        "layer.1.norm1.bias": "encoder.layer.1.attention.output.LayerNorm.bias",
        "layer.0.ffn.in.bias": "encoder.layer.0.intermediate.dense.bias",
        "layer.1.norm2.weight": "encoder.layer.1.output.LayerNorm.weight",
    }


torch.manual_seed(21)
bert = BertModel(BertConfig(**SHARED, max_position_embeddings=16, type_vocab_size=2))
# [CLS] 2, [SEP] 3, [PAD] 0.
bert_rows = [
    ([2, 11, 7, 45, 3], 5),
    ([2, 9, 8, 3, 12, 13, 14, 30, 3], 4),
    ([2, 3], 2),
    ([2, 20, 21, 22, 23, 24, 25, 3, 40, 41, 3], 8),
]
roberta = RobertaModel(RobertaConfig(**SHARED, max_position_embeddings=18, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5))
# <s> 0, </s> 2, <pad> 1.
roberta_rows = [
    ([0, 11, 7, 45, 2], 5),
    ([0, 9, 8, 2, 2, 12, 13, 14, 30, 2], 4),
    ([0, 2], 2),
    ([0, 20, 21, 22, 23, 24, 25, 2, 2, 40, 41, 2], 8),
]
golden = {
    "bert": case(bert, bert_rows, 0, True, watched(True)),
    "roberta": case(roberta, roberta_rows, 1, False, watched(False)),
}
save_file({name: value.contiguous() for name, value in bert.state_dict().items()}, OUT / "bert.golden.safetensors")
save_file(
    {f"roberta.{name}": value.contiguous() for name, value in roberta.state_dict().items()},
    OUT / "roberta.golden.safetensors",
)
for name in ("bert", "roberta"):
    (OUT / f"{name}.golden.safetensors").chmod(0o644)
(OUT / "bert.golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
