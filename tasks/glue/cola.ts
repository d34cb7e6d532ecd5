// GLUE CoLA: is a sentence grammatical English?
import type { Task } from "#harness/task/contract.ts";
import { classOf } from "#tasks/encoding/read-rows.ts";
import { colaSource, SAMPLE_FILE } from "./cola.source.ts";
import { glueTask } from "./glue.task.ts";

export const task: Task = glueTask({
  name: "cola",
  title: "GLUE CoLA",
  description: "Whether a sentence from the linguistics literature is acceptable English.",
  source: colaSource,
  sampleFile: SAMPLE_FILE,
  // The files have no header line; `mark` is the linguists' own mark of unacceptable sentences.
  columns: { label: "label", texts: ["sentence"], names: ["source", "label", "mark", "sentence"] },
  target: classOf(["0", "1"]),
  metrics: ["matthews"],
  classes: ["unacceptable", "acceptable"],
  // Hardly beaten at `small` (full-finetune 0.161, linear-probe 0.139): the task does not separate methods there.
  floor: { value: 0.14, what: "bag-of-words logistic regression on the 8,551 training rows" },
  small: { trainRows: null, validationRows: 850, epochs: 2 },
  full: { validationRows: 850, epochs: 3 },
});
