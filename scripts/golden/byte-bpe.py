# Golden ids for harness/data/tokenizers/byte-bpe.test.ts, made by Hugging Face `tokenizers` (0.23).
#   python scripts/golden/byte-bpe.py <mirror folder>/vocab
# Part "trained": merges that its BpeTrainer learns from the embedded sample of Tiny Shakespeare, and from a text of equal
# counts and runs of one letter; part "gpt2": the ids of GPT-2's own merges, of which the file keeps only the hash.
import gzip
import hashlib
import json
import pathlib
import random
import sys

from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

ROOT = pathlib.Path(__file__).parents[2]
SAMPLE = ROOT / "tasks/lm/tinyshakespeare.sample.txt"
VOCAB = pathlib.Path(sys.argv[1])


def byte_level(model):
    made = Tokenizer(model)
    made.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=True)
    return made


def trained(text, size):
    made = byte_level(BPE())
    made.train_from_iterator([text], BpeTrainer(vocab_size=size, initial_alphabet=ByteLevel.alphabet(), show_progress=False))
    state = json.loads(made.to_str())["model"]
    ids = state["vocab"]
    merges = [pair if isinstance(pair, list) else pair.split(" ") for pair in state["merges"]]
    assert [ids["".join(pair)] for pair in merges] == list(range(256, 256 + len(merges)))
    return made, [[ids[left], ids[right]] for left, right in merges]


EDGES = [
    "",
    " ",
    "  ",
    "\n",
    "\n\n\n",
    " \n \t ",
    "Hello, World!",
    "it's we're I'll he'd they've I'm don't 'tis 'S 'T ''s",
    "tabs\there\r\nlines\r",
    "   leading and trailing   ",
    "a  b   c    d",
    "end with spaces  ",
    "nbsp\u00a0here\u00a0\u00a0twice",
    "line\u2028separator\u2029paragraph\u0085next",
    "bom\ufeff inside \ufeff\ufeff",
    "\u200bzero\u200bwidth\u200d",
    "nul\u0000 bell\u0007 delete\u007f",
    "Zoë naïve Ångström ½ ² Ⅷ ﬁ",
    "a\u0301e\u0308 combining",
    "日本語テキスト 한국어 中文字",
    "Привет, МИР! ΑΒΓ",
    "مرحبا بالعالم שלום",
    "हिन्दी ไทย",
    "١٢٣ १२३ 𝟙𝟚𝟛 123abc456",
    "🙂 emoji 👨‍👩‍👧 flags 🇩🇪",
    "\U00020000\U0002f800 \U0010ffff",
    "x" * 70,
    "aaa aaaa aaaaa ababab",
    "http://example.org/a?b=c&d=%20 foo_bar snake__case",
    "$9.99 50% (a+b)^2 <tag/> [x] {y} `z` ~w~ \"q\" |p| \\r",
    "...!!!??? -- --- — – …",
    "<|endoftext|>",
    "ÿ þ ­ ¡ ÷",
]
chance = random.Random(11)
LETTERS = list("abcdefghijklmnopqrstuvwxyzABCDE 0123456789.,'-!?\n ") + ["é", "ß", "好", "ع", "\u0301", "\u00ad", "\u3000", "\u00a0", "🙂", "'s", "'ll", " the", "  "]
text = SAMPLE.read_text(encoding="utf-8")
STRINGS = list(EDGES)
while len(STRINGS) < 700:
    start = chance.randrange(len(text))
    STRINGS.append(text[start : start + chance.randint(1, 40)])
while len(STRINGS) < 1000:
    STRINGS.append("".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 20))))

shakespeare, merges = trained(text, 700)
ties = " ".join(["aaaa", "aaaaaa", "aaa", "abab", "baba", "cd", "dc", "cd", "ef fe", "éé éé", "zz\n\nzz"])
_, tie_merges = trained(ties, 290)

raw = gzip.decompress((VOCAB / "gpt2-vocab.bpe.gz").read_bytes())
lines = [line.split(" ") for line in raw.decode("utf-8").split("\n")[1:] if line]
vocabulary = json.loads(gzip.decompress((VOCAB / "gpt2-encoder.json.gz").read_bytes()))
gpt2 = byte_level(BPE(vocab=vocabulary, merges=[tuple(pair) for pair in lines]))

golden = {
    "trained": {"text": hashlib.sha256(text.encode()).hexdigest(), "merges": merges},
    "ties": {"text": ties, "merges": tie_merges},
    "gpt2": {"sha256": hashlib.sha256(raw).hexdigest()},
    "rows": [[s, shakespeare.encode(s).ids, gpt2.encode(s).ids] for s in STRINGS],
}
out = ROOT / "harness/data/tokenizers/byte-bpe.golden.json"
out.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace("],[\"", "],\n[\"") + "\n")
