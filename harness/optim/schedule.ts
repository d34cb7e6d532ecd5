// Learning-rate schedules: linear warm-up from 0, then a decay to the end of the stage.

export type Decay = "linear" | "cosine" | "constant";

export interface ScheduleOptions {
  readonly peak: number;
  readonly steps: number;
  /** Share of the steps over which the rate rises. */
  readonly warmupShare: number;
  readonly decay: Decay;
  /** Rate at the end as a share of the peak. Default 0. */
  readonly floorShare?: number;
}

/** Rate at a 1-based step: `peak * step / warmup` while warming up, then decayed so that it would reach the floor one step after the last. */
export function learningRateAt(step: number, options: ScheduleOptions): number {
  const { peak, steps, decay } = options;
  const warmup = Math.round(options.warmupShare * steps);
  if (step <= warmup) return (peak * step) / Math.max(1, warmup);
  if (decay === "constant") return peak;
  const progress = (step - 1 - warmup) / Math.max(1, steps - warmup);
  const floor = options.floorShare ?? 0;
  const shape = decay === "linear" ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress));
  return peak * (floor + (1 - floor) * shape);
}
