# Golden files of harness/data/pictures.test.ts, made by Pillow (13).
#   python -P scripts/golden/pictures.py
# Small PNG files of every kind that is read, with their pixels; a JPEG with Pillow's decoding of it; parts of a picture resized by
# its bicubic filter.
import base64
import io
import json
import pathlib

import numpy as np
from PIL import Image

rng = np.random.default_rng(3)
OUT = pathlib.Path(__file__).parents[2] / "harness/data/pictures.golden.json"


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return base64.b64encode(file.getvalue()).decode()


def on_white(image):
    back = Image.new("RGBA", image.size, (255, 255, 255, 255))
    back.alpha_composite(image.convert("RGBA"))
    return np.asarray(back.convert("RGB"))


smooth = np.add.outer(np.arange(11) * 9, np.arange(13) * 7).astype(np.uint8)
colour = np.stack([smooth, smooth[::-1], rng.integers(0, 256, (11, 13), dtype=np.uint8)], -1)
alpha = rng.integers(0, 256, (11, 13, 1), dtype=np.uint8)
images = {
    "grey, 8 bits": Image.fromarray(smooth),
    "grey, 1 bit": Image.fromarray(smooth > 90),
    "colour": Image.fromarray(colour),
    "colour with alpha": Image.fromarray(np.concatenate([colour, alpha], -1)),
    "grey with alpha": Image.fromarray(np.concatenate([smooth[..., None], alpha], -1)),
    "palette of 7": Image.fromarray(colour).quantize(7),
    "palette of 200": Image.fromarray(colour).quantize(200),
}
pngs = [
    {"what": what, "file": encoded(image, "PNG"), "width": 13, "height": 11, "pixels": on_white(image).flatten().tolist()}
    for what, image in images.items()
]
photo = Image.fromarray(np.kron(colour, np.ones((3, 3, 1), dtype=np.uint8)))
jpeg = encoded(photo, "JPEG", quality=92, subsampling=0)
decoded = np.asarray(Image.open(io.BytesIO(base64.b64decode(jpeg))).convert("RGB"))
source = Image.fromarray(colour)
resized = [
    {
        "box": box,
        "to": size,
        "pixels": np.asarray(source.resize(size, Image.BICUBIC, box=box)).flatten().tolist(),
    }
    for box, size in [
        ((0, 0, 13, 11), (13, 11)),
        ((0, 0, 13, 11), (20, 17)),
        ((0, 0, 13, 11), (5, 4)),
        ((1.25, 2.5, 9.75, 10.0), (8, 8)),
    ]
]
OUT.write_text(
    json.dumps(
        {
            "pngs": pngs,
            "jpeg": {"file": jpeg, "width": photo.width, "height": photo.height, "pixels": decoded.flatten().tolist()},
            "resize": {"width": 13, "height": 11, "pixels": colour.flatten().tolist(), "cases": resized},
        },
        separators=(",", ":"),
    )
    + "\n"
)
