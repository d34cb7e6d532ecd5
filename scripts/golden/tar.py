"""Makes harness/data/tar.golden.json: small archives in gzip by Python's tarfile, in the three formats that keep long names.

python3 scripts/golden/tar.py
"""

import base64
import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

LONG = "archive-" + "folder/" * 12 + "a-name-that-fits-no-header-of-old.txt"
FILES = {"first.txt": b"one\n", LONG: b"two" * 400, "sub/empty.txt": b"", "last.bin": bytes(range(256)) * 2}
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def archive(files: dict[str, bytes], form: int, folder: bool) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        if folder:
            entry = tarfile.TarInfo("sub")
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def plain(files: dict[str, bytes]) -> str:
    """SHA-256 of an archive's blocks and its end mark, without the filler that tarfile puts behind it."""
    whole = archive(files, tarfile.USTAR_FORMAT, False)
    blocks = sum(512 + -(-len(content) // 512) * 512 for content in files.values())
    return hashlib.sha256(whole[: blocks + 1024]).hexdigest()


golden = {
    "files": {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()},
    "archives": {
        name: base64.b64encode(gzip.compress(archive(FILES, form, True), mtime=0)).decode()
        for name, form in FORMATS.items()
    },
    "folder": {
        "files": {"b.txt": "second\n", "a.txt": "first\n"},
        "sha256": plain({"a.txt": b"first\n", "b.txt": b"second\n"}),
    },
}
target = Path(__file__).parents[2] / "harness" / "data" / "tar.golden.json"
target.write_text(json.dumps(golden, indent=2) + "\n")
