// 20 Newsgroups: in which group was a post written? Headers, footers and quotations are taken away.
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf, fileOf, jsonlRows } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { ownWords } from "./newsgroups20.posts.ts";
import { newsgroups20Source, SAMPLE_FILE } from "./newsgroups20.source.ts";

/** In alphabetic order, as the labels count. */
const GROUPS = [
  "alt.atheism",
  "comp.graphics",
  "comp.os.ms-windows.misc",
  "comp.sys.ibm.pc.hardware",
  "comp.sys.mac.hardware",
  "comp.windows.x",
  "misc.forsale",
  "rec.autos",
  "rec.motorcycles",
  "rec.sport.baseball",
  "rec.sport.hockey",
  "sci.crypt",
  "sci.electronics",
  "sci.med",
  "sci.space",
  "soc.religion.christian",
  "talk.politics.guns",
  "talk.politics.mideast",
  "talk.politics.misc",
  "talk.religion.misc",
];

export const task: Task = textTask({
  id: "text-newsgroups20",
  family: "text",
  title: "20 Newsgroups (part)",
  description:
    "The newsgroup of a post, from its own words without header, signature and quotations. The first 150 training and 75 test posts of each group.",
  version: 1,
  source: newsgroups20Source,
  sample: { file: SAMPLE_FILE, texts: ["sentence"], target: classOf(GROUPS) },
  backbones: textBackbones,
  // Two epochs at 64 tokens cost what one costs at 128.
  maxTokens: 64,
  metrics: ["accuracy"],
  classes: GROUPS,
  // With headers and quotations kept, a bag of words reaches 0.731.
  floor: { value: 0.518, what: "bag-of-words logistic regression on the same 3,000 stripped posts" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 300, epochs: 2 }),
  },
  async rows(source, preset) {
    const target = classOf(GROUPS.map((_, i) => String(i)));
    const read = (name: string) => jsonlRows(fileOf(source, name), target, ownWords);
    const files = { train: await read("train.jsonl"), test: await read("test.jsonl") };
    return cutValidation(files, preset, "text-newsgroups20");
  },
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, GROUPS.length) }),
});
