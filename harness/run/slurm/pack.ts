// From missing runs to job arrays: several short runs an element, elements of one kind of machine and like length an array,
// and a time limit from what the runs are expected to take. Pure.
import type { SpecResources } from "#harness/measure/spec.ts";

/** A run as far as packing goes. */
export interface Packed {
  /** Wall time that it should take; null where nothing is known. */
  readonly expectedSeconds: number | null;
  /** Wall time after which its supervisor ends it; null for never. */
  readonly timeoutSeconds: number | null;
  /** How often it was submitted before and came back without a record. */
  readonly attempts: number;
  readonly resources: SpecResources;
}

/** Starting node and a run that is slower than any before. */
const FACTOR = 3;
const AROUND_SECONDS = 60;

/**
 * Seconds that a job must grant one run; null where it has no limit and nothing is known. An expectation counts three
 * times, and twice as much after each attempt that came to nothing; never more than the run's own timeout, in which it ends
 * with a record.
 */
export function grantedSeconds({ expectedSeconds, timeoutSeconds, attempts }: Packed): number | null {
  const most = timeoutSeconds === null ? null : timeoutSeconds + AROUND_SECONDS;
  if (expectedSeconds === null) return most;
  const wanted = (FACTOR * expectedSeconds + AROUND_SECONDS) * 2 ** attempts;
  return most === null ? wanted : Math.min(most, wanted);
}

/** A job array: its elements, and what all of them ask for. */
export interface PackedArray<T> {
  readonly elements: readonly (readonly T[])[];
  readonly resources: SpecResources;
  /** Null for the partition's own limit. */
  readonly limitMinutes: number | null;
}

export interface PackOptions {
  /** An element gets runs until it is expected to take this long. */
  readonly elementSeconds: number;
  /** Most elements of an array. */
  readonly mostElements: number;
}

const keyOf = ({ cpus, memoryMiB, gres }: SpecResources): string => JSON.stringify([cpus, memoryMiB, gres]);

interface Draft<T> {
  readonly cells: T[];
  expected: number;
  /** Null as soon as one run's is. */
  granted: number | null;
}

function elementsOf<T extends Packed>(cells: readonly T[], elementSeconds: number): Draft<T>[] {
  const done: Draft<T>[] = [];
  for (const cell of cells) {
    const granted = grantedSeconds(cell);
    const expected = cell.expectedSeconds ?? cell.timeoutSeconds ?? Number.POSITIVE_INFINITY;
    const last = done.at(-1);
    if (last === undefined || last.expected + expected > elementSeconds) {
      done.push({ cells: [cell], expected, granted });
      continue;
    }
    last.cells.push(cell);
    last.expected += expected;
    last.granted = last.granted === null || granted === null ? null : last.granted + granted;
  }
  return done;
}

/** Whole minutes, rounded up to a power of two, so that like lengths share an array and schedulers can fill gaps. */
function minutesOf(seconds: number | null): number | null {
  if (seconds === null) return null;
  return 2 ** Math.ceil(Math.log2(Math.max(1, seconds / 60)));
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Packs runs in their order. */
export function packArrays<T extends Packed>(cells: readonly T[], options: PackOptions): PackedArray<T>[] {
  const byKind = new Map<string, T[]>();
  for (const cell of cells) addTo(byKind, keyOf(cell.resources), cell);
  const arrays: PackedArray<T>[] = [];
  for (const kind of byKind.values()) {
    const [first] = kind;
    if (first === undefined) continue;
    const byMinutes = new Map<number | null, (readonly T[])[]>();
    for (const element of elementsOf(kind, options.elementSeconds)) {
      addTo(byMinutes, minutesOf(element.granted), element.cells);
    }
    for (const [limitMinutes, elements] of byMinutes) {
      for (let start = 0; start < elements.length; start += options.mostElements) {
        arrays.push({
          elements: elements.slice(start, start + options.mostElements),
          resources: first.resources,
          limitMinutes,
        });
      }
    }
  }
  return arrays;
}
