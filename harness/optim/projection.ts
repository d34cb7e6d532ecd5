// Projection of a matrix gradient on the leading singular directions of a gradient: which side, which shapes, the
// products in the engine, and the refresh on the host. The side is fixed when the projection is made, never read off shapes.
import { matMul, type Tensor, tensor, zeros } from "#harness/engine/tensor.ts";
import { type Matrix, matrixFrom, toFloat32, transpose } from "#harness/linalg/matrix.ts";
import { leadingSubspace, truncatedSvd } from "#harness/linalg/truncated-svd.ts";
import type { OptimizerState } from "./optimizer.ts";

/**
 * Which side of a gradient [m, n] is compressed. `left` keeps U_r, `right` keeps V_r, `full` both; `std` compresses the
 * smaller side (right where m >= n), `reverse_std` the larger one.
 */
export const PROJECTION_TYPES = ["std", "reverse_std", "left", "right", "full"] as const;
export type ProjectionType = (typeof PROJECTION_TYPES)[number];

export interface Projection {
  readonly side: "left" | "right" | "full";
  /** The rank asked for, at most min(m, n). */
  readonly rank: number;
  readonly rows: number;
  readonly columns: number;
  /** Shape of a projected gradient. */
  readonly low: readonly [number, number];
}

/** The projection of gradients [rows, columns] for the type and rank asked for. */
export function planProjection(shape: readonly number[], type: ProjectionType, rank: number): Projection {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2) throw new Error(`a projection needs a matrix, got shape [${shape.join(", ")}]`);
  const tall = rows >= columns;
  const side =
    type === "std" ? (tall ? "right" : "left") : type === "reverse_std" ? (tall ? "left" : "right") : type;
  const kept = Math.min(rank, rows, columns);
  const low: readonly [number, number] =
    side === "left" ? [kept, columns] : side === "right" ? [rows, kept] : [kept, kept];
  return { side, rank: kept, rows, columns, low };
}

/** Numbers of the projector: U_r [m, r], V_r^T [r, n], or both. */
export const projectorSize = ({ side, rank, rows, columns }: Projection): number =>
  rank * ((side === "right" ? 0 : rows) + (side === "left" ? 0 : columns));

/** Zero projectors, to be replaced at the first refresh. */
export function emptyProjector({ side, rank, rows, columns }: Projection): OptimizerState {
  return {
    ...(side === "right" ? {} : { left: zeros([rows, rank]) }),
    ...(side === "left" ? {} : { right: zeros([rank, columns]) }),
  };
}

/** Leading singular directions of a host gradient [rows, columns], row-major: `left` [m, r] and `right` [r, n]. */
export function refreshProjector(plan: Projection, gradient: Float32Array, name: string): OptimizerState {
  const { side, rank, rows, columns } = plan;
  const matrix = matrixFrom(rows, columns, gradient);
  const options = { name: `gradient of ${name}` };
  const left = (basis: Matrix): OptimizerState => ({ left: tensor(toFloat32(basis), [rows, rank]) });
  const right = (basis: Matrix): OptimizerState => ({
    right: tensor(toFloat32(transpose(basis)), [rank, columns]),
  });
  if (side === "left") return left(leadingSubspace(matrix, rank, { ...options, side }).basis);
  if (side === "right") return right(leadingSubspace(matrix, rank, { ...options, side }).basis);
  const { u, v } = truncatedSvd(matrix, rank, options);
  return { ...left(u), ...right(v) };
}

const held = (state: OptimizerState, name: "left" | "right"): Tensor => {
  const found = state[name];
  if (found === undefined) throw new Error(`projector state has no ${name}`);
  return found;
};

/** The gradient in the small space, shape `low`. */
export function project({ side }: Projection, gradient: Tensor, state: OptimizerState): Tensor {
  if (side === "left") return matMul(held(state, "left"), gradient, true, false);
  if (side === "right") return matMul(gradient, held(state, "right"), false, true);
  return matMul(matMul(held(state, "left"), gradient, true, false), held(state, "right"), false, true);
}

/** From the small space back to [m, n]. */
export function projectBack({ side }: Projection, low: Tensor, state: OptimizerState): Tensor {
  if (side === "left") return matMul(held(state, "left"), low);
  if (side === "right") return matMul(low, held(state, "right"));
  return matMul(matMul(held(state, "left"), low), held(state, "right"));
}
