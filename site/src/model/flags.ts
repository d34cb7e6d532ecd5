// Marks on rows and boards that tell a reader to be careful, each with its one meaning.
import { CONTENDED_ABOVE } from "#harness/measure/contention.ts";
import { TRUST_LEVELS } from "#harness/record/trust.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";

export const FLAGS = {
  provisional: `fewer than ${RANKED_SEEDS} seeds have a value: shown, not ranked`,
  contended: `other processes wanted the processor while it was timed (more than ${CONTENDED_ABOVE} on average): times and latencies are too long by an unknown amount and draw no front`,
  "contended-training":
    "other runs were trained beside it: its training time and steps per second are not comparable; its latency was measured alone",
  incomplete: "not every seed that was started has a result",
  undefined: "the metric has no value on these predictions, for the reason given; not ranked",
  sample:
    "trained and tested on the small sample that comes with the code, not on the data set: never ranked",
  "off-spec": "measured on a machine that matches no spec: not ranked",
  stale:
    "made under another protocol, version of the task, or code of the method than this checkout's: not comparable with current runs",
  tuned:
    "its configuration was chosen by a search on the validation split; the others have their own defaults",
  // How far its numbers were checked: always one of these where marks are read, the least of its seeds.
  ...TRUST_LEVELS,
  "author-reviewed": "an author of the method's paper has looked at this configuration",
} as const;
export type FlagId = keyof typeof FLAGS;
export const FLAG_IDS = Object.keys(FLAGS) as FlagId[];
