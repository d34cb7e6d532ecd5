# Golden files of tasks/models/clip-towers.test.ts, made by Hugging Face transformers (5.24, torch 2.15).
#   python -P scripts/golden/clip-model.py   (-P: statistics.py beside it hides the module of that name)
# A CLIP of random weights, 2 layers a tower, saved as its library saves it, and what it makes of random pictures and of texts of
# different lengths: features of both towers, scores, and the gradients of a loss in two maps.
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

OUT = pathlib.Path(__file__).parents[2] / "tasks/models"
VOCABULARY, BEGIN, END = 40, 38, 39

torch.manual_seed(5)
config = CLIPConfig(
    text_config=dict(
        vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=9, bos_token_id=BEGIN, eos_token_id=END, pad_token_id=END, hidden_act="quick_gelu",
    ),
    vision_config=dict(
        hidden_size=24, intermediate_size=32, num_hidden_layers=2, num_attention_heads=3, image_size=12, patch_size=4,
        hidden_act="quick_gelu",
    ),
    projection_dim=8,
)
model = CLIPModel(config).eval()
with torch.no_grad():
    for name, value in model.named_parameters():
        # Larger than the library's own start, so that attention and activations leave their linear part.
        if name != "logit_scale":
            value.copy_(torch.randn_like(value) * (0.3 if value.ndim > 1 else 0.2) + (1 if name.endswith("norm1.weight") or "layernorm" in name and name.endswith("weight") or "layrnorm.weight" in name else 0))
texts = [[BEGIN, 3, 7, END], [BEGIN, 11, END], [BEGIN, 1, 2, 30, 4, 5, 6, 37, END], [BEGIN, 3, 8, END]]
longest = max(map(len, texts))
ids = torch.tensor([text + [END] * (longest - len(text)) for text in texts])
mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
pixels = torch.randn(3, 3, 12, 12)
labels = torch.tensor([2, 0, 3])
out = model(input_ids=ids, pixel_values=pixels, attention_mask=mask)
loss = torch.nn.functional.cross_entropy(out.logits_per_image, labels)
loss.backward()
named = dict(model.named_parameters())
watched = {
    "image.layer.0.attention.query.weight": "vision_model.encoder.layers.0.self_attn.q_proj.weight",
    "text.layer.1.attention.value.weight": "text_model.encoder.layers.1.self_attn.v_proj.weight",
}


def plain(tensor):
    return [float(f"{x:.7g}") for x in tensor.detach().flatten().tolist()]


golden = {
    "texts": texts,
    # [pictures, height, width, channels]
    "pixels": plain(pixels.permute(0, 2, 3, 1)),
    "labels": labels.tolist(),
    "imageFeatures": plain(out.image_embeds),
    "textFeatures": plain(out.text_embeds),
    "scores": plain(out.logits_per_image),
    "scale": float(model.logit_scale.exp()),
    "loss": float(loss),
    # Turned to [in, out].
    "gradients": {ours: plain(named[theirs].grad.T) for ours, theirs in watched.items()},
}
save_file({name: value.contiguous() for name, value in model.state_dict().items()}, OUT / "clip.golden.safetensors")
(OUT / "clip.golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print({name: tuple(value.shape) for name, value in model.state_dict().items()})
