// Few-shot splits (the protocol of CoOp, Zhou et al. 2022): k training pictures a class, drawn from the stream `shots` of the
// run's seed; at most four a class for validation; the whole test set. Knows no pictures, only names and labels.
import { createHash } from "node:crypto";
import { stream } from "#harness/random/stream.ts";

export const SHOTS = [1, 2, 4, 8, 16] as const;
export type Shots = (typeof SHOTS)[number];

/** Validation pictures a class, at most: min(shots, 4), as CoOp draws them. */
const VALIDATION_SHOTS = 4;

/** What a draw is made from: one entry a picture. */
export interface ShotPool {
  /** Stable name of each picture: what the hash and the record tell it by. */
  readonly names: readonly string[];
  readonly labels: ArrayLike<number>;
}

export interface ShotDraw {
  /** Positions in the pools, class by class. */
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /** First 12 digits of SHA-256 over the names of the training pictures, then of the validation's. */
  readonly hash: string;
  /** What the record must say: how many were drawn, and which classes had fewer than asked for. */
  readonly notes: readonly string[];
}

/** At most `count` positions of each class, in an order of the class's own stream: k shots are the first of 2 k shots. */
function drawEach(
  pool: ShotPool,
  classes: readonly string[],
  count: number,
  seed: number,
  names: readonly string[],
): readonly (readonly number[])[] {
  return classes.map((name, label) => {
    // By name, so that a draw does not depend on the order in which a package or an archive lists its pictures.
    const own = pool.names
      .map((_, at) => at)
      .filter((at) => pool.labels[at] === label)
      .sort((a, b) => ((pool.names[a] ?? "") < (pool.names[b] ?? "") ? -1 : 1));
    const order = stream(seed, ...names, name).permutation(own.length);
    return [...order.slice(0, count)].flatMap((at) => own.slice(at, at + 1));
  });
}

/**
 * Draws the shots of a run. `dataSet` names the data, so that all tasks on it share the draws. A class that has fewer
 * pictures gives all it has, and a note says so.
 */
export function drawShots(input: {
  readonly train: ShotPool;
  readonly validation: ShotPool;
  readonly classes: readonly string[];
  readonly shots: Shots;
  readonly dataSet: string;
  readonly seed: number;
}): ShotDraw {
  const { classes, shots, dataSet, seed } = input;
  const train = drawEach(input.train, classes, shots, seed, ["shots", dataSet, "train"]);
  const validation = drawEach(input.validation, classes, Math.min(shots, VALIDATION_SHOTS), seed, [
    "shots",
    dataSet,
    "validation",
  ]);
  const named = (pool: ShotPool, drawn: readonly (readonly number[])[]) =>
    drawn.flat().map((at) => pool.names[at] ?? "");
  const hash = createHash("sha256")
    .update([...named(input.train, train), "", ...named(input.validation, validation)].join("\n"))
    .digest("hex")
    .slice(0, 12);
  const short = train.flatMap((own, label) =>
    own.length < shots ? [`${classes[label] ?? label} has ${own.length} of ${shots} shots`] : [],
  );
  return {
    train: train.flat(),
    validation: validation.flat(),
    hash,
    notes: [
      `shots: ${shots} a class of ${classes.length}, ${train.flat().length} pictures, ${validation.flat().length} for validation, sha256 ${hash}`,
      ...(short.length > 3 ? [`${short.length} classes are short: ${short[0]}, ...`] : short),
    ],
  };
}
