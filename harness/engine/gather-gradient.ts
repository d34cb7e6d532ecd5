// The gradient of looking rows up in a large table, on the host: only the rows that were looked up are touched. As graph
// operations the table's gradient is written three times in full, and copied once more to reach the optimizer.
import { hostOp } from "./host-op.ts";
import { type GradConfig, getBackend, getGradient, type Tensor, util } from "./tensor.ts";

const KERNEL = "GatherV2";

/** From this many numbers on, and where a batch looks up at most half as many; below, the graph is as fast. */
const LARGE_TABLE = 1 << 20;
const TABLE_OVER_BATCH = 2;

/** Backends whose tensors live outside of host memory: the gradient would go back and forth. */
const OFF_HOST = new Set(["onnx-webgpu", "tensorflow", "webgl", "webgpu"]);

/**
 * Sums rows into a table of zeros: `dy` [..., width] float32, `ids` int32 of the leading shape -> [rows, width]. Rows are
 * added in the order of the ids; an id outside of the table adds nothing, as in unsortedSegmentSum.
 */
export function scatterRows(dy: Tensor, ids: Tensor, shape: readonly [number, ...number[]]): Tensor {
  const [rows] = shape;
  const width = util.sizeFromShape([...shape]) / rows;
  const [table] = hostOp(
    {
      name: "ScatterRows",
      outputs: [{ shape: [...shape], dtype: "float32" }],
      run([from, at], [to]) {
        if (!from || !at || !to) throw new Error("ScatterRows: missing operand");
        for (let k = 0; k < at.length; k++) {
          const row = at[k] as number;
          if (row < 0 || row >= rows) continue;
          const source = k * width;
          const target = row * width;
          for (let j = 0; j < width; j++)
            to[target + j] = (to[target + j] as number) + (from[source + j] as number);
        }
      },
    },
    [dy, ids],
  );
  if (table === undefined) throw new Error("ScatterRows: no result");
  return table;
}

/** tfjs's own gradient, except for rows of a large table. */
export function gatherGradient(): GradConfig {
  const stock = getGradient(KERNEL);
  return {
    ...stock,
    gradFunc(dy, saved, attrs) {
      const [x, ids] = saved;
      const [gradient] = Array.isArray(dy) ? dy : [dy];
      if (x === undefined || ids === undefined || gradient === undefined)
        throw new Error("GatherV2 saved a table and indices");
      const onHost =
        attrs.axis === 0 &&
        (attrs.batchDims ?? 0) === 0 &&
        ids.dtype === "int32" &&
        x.size >= LARGE_TABLE &&
        x.size >= TABLE_OVER_BATCH * gradient.size &&
        !OFF_HOST.has(getBackend());
      if (!onHost) return stock.gradFunc(dy, saved, attrs);
      return { x: () => scatterRows(gradient, ids, x.shape as [number, ...number[]]), indices: () => ids };
    },
  };
}
