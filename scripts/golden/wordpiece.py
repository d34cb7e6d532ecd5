# Golden ids for harness/data/tokenizers/wordpiece.test.ts, made by Hugging Face `tokenizers`.
#   python scripts/golden/wordpiece.py <mirror folder>/vocab/bert-base-uncased-vocab.txt.gz
# Part "small" holds its own vocabulary, so that the test needs no mirror; part "bert" needs BERT's (sha256 inside).
import gzip
import hashlib
import json
import pathlib
import random
import sys
import unicodedata

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

raw = gzip.decompress(pathlib.Path(sys.argv[1]).read_bytes())
bert = raw.decode("utf-8").split("\n")
assert bert.pop() == ""


def tokenizer(pieces):
    vocab = {piece: i for i, piece in enumerate(pieces)}
    made = Tokenizer(WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
    made.pre_tokenizer = BertPreTokenizer()
    return made


TEXTS = [
    "",
    " ",
    "Hello, World!",
    "Zoë\u00a0naïve\u200bly 好好!",
    "x" * 100,
    "x" * 101,
    "é" * 100,
    "é" * 101,
    "a\u0301 soft\u00adhyphen",
    "unaffable unwanted running",
    "it 's a charming and often affecting journey . ",
    "don't U.S.A. e-mail@example.org $9.99 50% a^b `tick` ~tilde~ <tag> a_b c|d",
    "tab\there\r\nline\u2028separator\u0085next\x0bvt\x0cff",
    "nul\u0000l repl\ufffdace bom\ufeff private\ue000use",
    "日本語テキスト 한국어 中文字",
    "Привет, МИР! ΑΒΓ ΟΔΟΣ İstanbul ẞtraße ǅ",
    "“curly” ‘quotes’ – dash — dash … ellipsis • bullet « guillemets »",
    "½ ² ™ Ⅷ ﬁne Å Å",
    "🙂 emoji 👨‍👩‍👧 and text",
    "[CLS] [SEP] [UNK] [MASK]",
    "##ing ## #",
    "مرحبا بالعالم שלום",
    "हिन्दी ไทย",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "１２３ ＡＢＣ ｆｕｌｌ",
    "\U00020000\U0002f800 rare ideographs",
    "...!!!???",
]

chance = random.Random(7)
alphabet = list("abcdefghijklmnopqrstuvwxyzABCDE 0123456789.,'-!") + ["é", "ß", "好", "\u0301", "\u00ad", "\u3000", "Σ"]
for _ in range(60):
    TEXTS.append("".join(chance.choice(alphabet) for _ in range(chance.randint(1, 30))))

# Characters of every block and kind: letters with marks, cased and uncased, signs, spaces, controls, format characters,
# private use, ideographs inside and outside of BERT's list, and characters of several code units.
BLOCKS = [
    (0x00, 0xFF), (0x100, 0x24F), (0x250, 0x36F), (0x370, 0x52F), (0x531, 0x5F4), (0x600, 0x7BF), (0x900, 0xDFF),
    (0xE00, 0x109F), (0x10A0, 0x13FF), (0x1680, 0x18AF), (0x1E00, 0x1FFF), (0x2000, 0x20CF), (0x2100, 0x2BFF),
    (0x2C00, 0x2E5D), (0x2E80, 0x31FF), (0x3200, 0x4DBF), (0x9F00, 0xA4CF), (0xA640, 0xABFF), (0xAC00, 0xAC40),
    (0xE000, 0xE010), (0xF900, 0xFFFD), (0x10400, 0x1044F), (0x1D400, 0x1D7FF), (0x1F300, 0x1F64F), (0x20000, 0x20010),
    (0x2A6D0, 0x2A710), (0x2B730, 0x2B750), (0x2B810, 0x2B930), (0x2F800, 0x2FA1D), (0xE0000, 0xE007F),
]


def assigned(point):
    return unicodedata.category(chr(point)) not in ("Cn", "Cs")


for first, last in BLOCKS:
    points = [point for point in range(first, last + 1) if assigned(point)]
    for _ in range(16):
        TEXTS.append("".join(chr(chance.choice(points)) if chance.random() < 0.6 else chance.choice("aB z.9") for _ in range(8)))
words = "the of and un##happi re##started running Istanbul Zürich coöperate 3.14 2nd e.g. it's C++ $5 naïve façade".split(" ")
while len(TEXTS) < 1000:
    TEXTS.append(" ".join(chance.choice(words) for _ in range(chance.randint(1, 6))) + chance.choice(["", ".", "!", " ", "\u3002", "\u2026"]))

SMALL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SMALL += [c for c in "abcdefghijklmnopqrstuvwxyz0123456789.,'-!?$%^@#[]&"]
SMALL += ["##" + c for c in "abcdefghijklmnopqrstuvwxyz0123456789"]
SMALL += ["hello", "world", "un", "##aff", "##able", "want", "##want", "##ed", "runn", "##ing", "the", "th", "soft", "##hyphen", "zoe", "naive", "##ly", "好", "中", "мир", "##х", "σ", "ς", "οδος", "οδοσ"]


def rows(pieces):
    made = tokenizer(pieces)
    return [[text, made.encode(text, add_special_tokens=False).ids] for text in TEXTS]


golden = {
    "bert": {"sha256": hashlib.sha256(raw).hexdigest(), "rows": rows(bert)},
    "small": {"vocabulary": SMALL, "rows": rows(SMALL)},
}
out = pathlib.Path(__file__).parents[2] / "harness/data/tokenizers/wordpiece.golden.json"
out.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace("],[\"", "],\n[\"") + "\n")
