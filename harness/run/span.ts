// When something began and ended, for a record: the beginning by the wall clock, the end by a clock that never jumps. A time
// server that sets the wall clock back in the middle of a run must not make it end before it began.

export interface Span {
  readonly startedAt: Date;
  /** The end, if it is now. */
  finishedAt(): Date;
}

/** Begins now. */
export function beginSpan(): Span {
  const startedAt = new Date();
  const since = performance.now();
  return { startedAt, finishedAt: () => new Date(startedAt.getTime() + performance.now() - since) };
}
