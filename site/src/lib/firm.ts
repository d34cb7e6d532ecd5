// Whether a row's place on an axis can be trusted enough to draw a front with it. Pure; bundled into the pages.

/** Metrics that a busy machine makes worse. */
const isTimed = (metric: string): boolean =>
  metric.startsWith("latency-") || metric.startsWith("time-") || metric === "steps-per-second";

/** Rows of few seeds, of other code, and on time's axes those timed beside other work, draw no front. */
export function isFirm(flags: readonly string[], metrics: readonly string[]): boolean {
  if (flags.includes("stale") || flags.includes("provisional")) return false;
  const training = metrics.some((id) => isTimed(id) && !id.startsWith("latency-"));
  if (training && flags.includes("contended-training")) return false;
  return !(metrics.some(isTimed) && flags.includes("contended"));
}
