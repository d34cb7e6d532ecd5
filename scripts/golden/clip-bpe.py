# Golden ids for harness/data/tokenizers/clip-bpe.test.ts, made by Hugging Face transformers' CLIPTokenizer (5.24, tokenizers 0.23).
#   python scripts/golden/clip-bpe.py <mirror folder>/vocab
# Part "trained": merges that its BpeTrainer learns from the embedded sample of Tiny Shakespeare with marked word ends; part
# "clip": the ids of CLIP's own vocabulary, of which the file keeps only the hash.
import gzip
import hashlib
import json
import pathlib
import random
import sys

from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer

ROOT = pathlib.Path(__file__).parents[2]
SAMPLE = ROOT / "tasks/lm/tinyshakespeare.sample.txt"
VOCAB = pathlib.Path(sys.argv[1])
MERGES = 48894


def byte_signs():
    shown = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255]
    hidden = [b for b in range(256) if b not in shown]
    return [chr(b) for b in shown] + [chr(256 + at) for at in range(len(hidden))]


def tokenizer(merges):
    signs = byte_signs()
    tokens = signs + [sign + "</w>" for sign in signs] + ["".join(pair) for pair in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: at for at, token in enumerate(tokens)}, merges=[tuple(pair) for pair in merges])


EDGES = [
    "",
    " ",
    "\n\t ",
    "a photo of a cat.",
    "A Photo of a DOG, a type of pet.",
    "it's we're I'll he'd they've I'm don't 'tis 'S 'T ''s IT'S",
    "   leading and   trailing   ",
    "nbsp\u00a0here\u00a0\u00a0twice\u3000wide",
    "line\u2028separator\u2029paragraph\u0085next",
    "bom\ufeff inside",
    "\u200bzero\u200bwidth\u200d",
    "nul\u0000 bell\u0007 delete\u007f",
    "Zoë naïve Ångström ½ ² Ⅷ ﬁ İstanbul ẞ ß ΑΣ ΟΔΟΣ ΣΑΣ",
    "a\u0301e\u0308 combining A\u030a",
    "日本語テキスト 한국어 中文字",
    "Привет, МИР! ΑΒΓ",
    "مرحبا بالعالم שלום",
    "हिन्दी ไทย",
    "١٢٣ १२३ 𝟙𝟚𝟛 123abc456 2024",
    "🙂 emoji 👨‍👩‍👧 flags 🇩🇪 ©®™",
    "\U00020000\U0002f800 \U0010ffff",
    "x" * 70,
    "one two three four five six seven eight nine ten " * 12,
    "http://example.org/a?b=c&d=%20 foo_bar snake__case",
    "$9.99 50% (a+b)^2 <tag/> [x] {y} `z` ~w~ \"q\" |p| \\r",
    "...!!!??? -- --- — – …",
    "!'s ?'re \"'ll x'sy 's't're",
    "ÿ þ \u00ad ¡ ÷ &amp; &lt;",
]
chance = random.Random(13)
LETTERS = list("abcdefghijklmnopqrstuvwxyzABCDE 0123456789.,'-!?\n ") + ["é", "ß", "Σ", "好", "ع", "\u0301", "\u00ad", "\u3000", "\u00a0", "🙂", "'s", "'LL", " the", "  "]
text = SAMPLE.read_text(encoding="utf-8")
STRINGS = list(EDGES)
while len(STRINGS) < 600:
    start = chance.randrange(len(text))
    STRINGS.append(text[start : start + chance.randint(1, 40)])
while len(STRINGS) < 1000:
    STRINGS.append("".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 20))))

from tokenizers import Tokenizer  # noqa: E402

learner = Tokenizer(BPE(end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
plain = tokenizer([])
learner.normalizer = plain.backend_tokenizer.normalizer
learner.pre_tokenizer = plain.backend_tokenizer.pre_tokenizer
learner.train_from_iterator([text], BpeTrainer(vocab_size=900, initial_alphabet=ByteLevel.alphabet(), end_of_word_suffix="</w>", show_progress=False))
learnt = json.loads(learner.to_str())["model"]["merges"]
merges = [pair if isinstance(pair, list) else pair.split(" ") for pair in learnt][:400]
shakespeare = tokenizer(merges)

raw = gzip.decompress((VOCAB / "bpe_simple_vocab_16e6.txt.gz").read_bytes())
clip = tokenizer([line.split(" ") for line in raw.decode("utf-8").split("\n")[1 : MERGES + 1]])


def ids(made, string):
    return made(string, truncation=True, max_length=77)["input_ids"]


golden = {
    "trained": [" ".join(pair) for pair in merges],
    "clip": {"sha256": hashlib.sha256(raw).hexdigest()},
    "rows": [[s, ids(shakespeare, s), ids(clip, s)] for s in STRINGS],
}
out = ROOT / "harness/data/tokenizers/clip-bpe.golden.json"
out.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace("],[\"", "],\n[\"") + "\n")
