# Golden ids for harness/data/tokenizers/wordpiece.test.ts, made by Hugging Face `tokenizers`.
#   python scripts/golden/wordpiece.py <mirror folder>/vocab/bert-base-uncased-vocab.txt.gz
# Part "small" holds its own vocabulary, so that the test needs no mirror; part "bert" needs BERT's (sha256 inside).
import gzip
import hashlib
import json
import pathlib
import random
import sys

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
