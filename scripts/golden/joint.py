# Golden ids of harness/data/tokenizers/{joint,roberta-bpe}.test.ts, made by Hugging Face `tokenizers` (0.23).
#   python scripts/golden/joint.py
# BERT: WordPiece over words of one letter, so that lengths are known. RoBERTa: byte pairs learnt from the embedded sample of
# Tiny Shakespeare, numbered as its vocabulary is: marks first, then tokens in an order that is not that of the merges.
import json
import pathlib
import random

from tokenizers import Tokenizer
from tokenizers.models import BPE, WordPiece
from tokenizers.pre_tokenizers import BertPreTokenizer, ByteLevel
from tokenizers.processors import BertProcessing, RobertaProcessing
from tokenizers.trainers import BpeTrainer

ROOT = pathlib.Path(__file__).parents[2]
OUT = ROOT / "harness/data/tokenizers"
chance = random.Random(17)


def encoded(made, texts, limit):
    made.enable_truncation(max_length=limit, strategy="longest_first")
    out = made.encode(*texts)
    return [texts, limit, out.ids, out.type_ids]


bert = Tokenizer(WordPiece({piece: i for i, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefgh"])}, unk_token="[UNK]"))
bert.pre_tokenizer = BertPreTokenizer()
bert.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))


def words(letters, count):
    return " ".join(chance.choice(letters) for _ in range(count))


rows = []
for first, second in [(0, 0), (1, 0), (0, 4), (3, 3), (2, 9), (9, 2), (5, 6), (6, 5), (7, 7), (12, 11)]:
    for limit in (4, 5, 6, 8, 9, 12, 13, 16, 40):
        rows.append(encoded(bert, [words("abcd", first), words("efgh", second)], limit))
for count in (0, 1, 5, 9):
    for limit in (3, 4, 7, 40):
        rows.append(encoded(bert, [words("abcd", count)], limit))

text = (ROOT / "tasks/lm/tinyshakespeare.sample.txt").read_text(encoding="utf-8")
trained = Tokenizer(BPE())
trained.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=True)
trained.train_from_iterator([text], BpeTrainer(vocab_size=380, initial_alphabet=ByteLevel.alphabet(), show_progress=False))
state = json.loads(trained.to_str())["model"]
merges = [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in state["merges"]]
tokens = sorted(state["vocab"])
chance.shuffle(tokens)
vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *tokens, "<mask>"])}
roberta = Tokenizer(BPE(vocab=vocabulary, merges=merges))
roberta.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=True)
roberta.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
TEXTS = ["", " ", "First Citizen:", "it's 3.14 naïve\u00a0façades", "日本語 🙂 text\n\nmore  spaces ", "a\u0301 \ufeff \x00"]
while len(TEXTS) < 30:
    start = chance.randrange(len(text))
    TEXTS.append(text[start : start + chance.randint(1, 40)])
roberta_rows = []
for i, one in enumerate(TEXTS):
    roberta_rows.append(encoded(roberta, [one], 200))
    roberta_rows.append(encoded(roberta, [one, TEXTS[-1 - i]], 12 if i % 2 else 200))

golden = {
    "bert": rows,
    "roberta": {
        "vocabulary": vocabulary,
        "merges": [" ".join(pair) for pair in merges],
        "rows": roberta_rows,
    },
}
(OUT / "joint.golden.json").write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace("],[[", "],\n[[") + "\n")
