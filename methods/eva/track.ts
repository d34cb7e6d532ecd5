// EVA's pass over calibration sentences: principal components of every target map's inputs, until those that the maps need
// have settled. Maps that read the same input (query, key and value of a block) share one decomposition.
import type { Calibration } from "#harness/method/contract.ts";
import { type Components, type IncrementalPca, incrementalPca } from "#harness/method/incremental-pca.ts";
import { allocateRanks } from "#harness/method/rank-allocation.ts";
import { refuseConfig } from "#harness/method/refuse.ts";
import type { LinearSite } from "#harness/nn/site.ts";

export interface TrackOptions {
  readonly rank: number;
  readonly rho: number;
  readonly tau: number;
  readonly examples: number;
  readonly batch: number;
}

interface Tracker {
  readonly count: number;
  readonly pca: IncrementalPca;
  pending: number[];
  /** 1 for components whose direction has stopped turning. */
  settled: Uint8Array;
}

/** Adds what is pending, and marks the components that moved less than tau's angle with it. */
function addBatch(tracker: Tracker, tau: number): void {
  if (tracker.pending.length === 0) return;
  const before = tracker.pca.components();
  if (!tracker.pca.add(tracker.pending)) return;
  tracker.pending = [];
  const after = tracker.pca.components();
  if (before === undefined || after === undefined) return;
  const width = after.rows.cols;
  tracker.settled = Uint8Array.from({ length: after.rows.rows }, (_, k) => {
    let cosine = 0;
    for (let at = k * width; at < (k + 1) * width; at++) {
      cosine += (after.rows.data[at] as number) * (before.rows.data[at] as number);
    }
    return cosine >= tau ? 1 : 0;
  });
}

/** Gives maps whose first inputs are equal, number by number, one tracker. */
function share(trackers: Tracker[]): void {
  for (const [i, tracker] of trackers.entries()) {
    const twin = trackers
      .slice(0, i)
      .find(
        ({ count, pending }) =>
          count === tracker.count &&
          pending.length === tracker.pending.length &&
          pending.every((x, at) => x === tracker.pending[at]),
      );
    if (twin !== undefined) trackers[i] = twin;
  }
}

/** Components of each site's inputs, in the sites' order, and a note of how it ended. */
export async function trackInputs(
  calibration: Calibration,
  sites: readonly LinearSite[],
  options: TrackOptions,
): Promise<{ readonly components: readonly Components[]; readonly note: string }> {
  const trackers = sites.map(({ module }): Tracker => {
    const count = Math.min(Math.round(options.rank * options.rho), module.inFeatures, module.outFeatures);
    return { count, pca: incrementalPca(module.inFeatures, count), pending: [], settled: new Uint8Array() };
  });
  const indexOf = new Map(sites.map(({ path }, index) => [path, index]));
  const ratios = () => trackers.map(({ pca }) => pca.components()?.ratios ?? new Float64Array());
  let [seen, batches, done] = [0, 0, false];
  const closeBatch = (): void => {
    if (batches++ === 0) share(trackers);
    for (const tracker of new Set(trackers)) addBatch(tracker, options.tau);
    const ranks = allocateRanks(ratios(), options.rank * sites.length);
    done = trackers.every(
      ({ settled }, i) => settled.length > 0 && settled.subarray(0, ranks[i]).every((flag) => flag === 1),
    );
  };
  await calibration.activations([...indexOf.keys()], options.examples, (path, input) => {
    if (done) return;
    const index = indexOf.get(path) ?? -1;
    const tracker = trackers[index];
    if (tracker === undefined) throw new Error(`activations of ${path} were not asked for`);
    // A shared tracker is fed by its first map alone.
    if (trackers.indexOf(tracker) === index) for (const x of input) tracker.pending.push(x);
    if (index === sites.length - 1 && ++seen % options.batch === 0) closeBatch();
  });
  // What is left when the examples run out before a batch is full.
  if (!done) closeBatch();
  const components = trackers.map(({ pca }, index) => {
    const found = pca.components();
    if (found !== undefined) return found;
    throw refuseConfig({
      method: "eva",
      problem: `too few calibration tokens for the components of ${sites[index]?.path}`,
      field: "examples",
      value: options.examples,
      wanted: `enough examples for ${trackers[index]?.count} tokens`,
    });
  });
  return {
    components,
    note: `components ${done ? "settled" : "had not all settled"} after ${seen} examples`,
  };
}
