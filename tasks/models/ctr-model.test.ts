// Click-through models against formulas written out in double precision, and their gradients against central differences.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import {
  reshape,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  variableGrads,
  zeros,
} from "#harness/engine/tensor.ts";
import type { TableField } from "#harness/nn/field-embedding.ts";
import { isFieldEmbedding } from "#harness/nn/field-embedding.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { CTR_FORMS, ctrBackbones } from "./ctr.ts";
import { type CtrForm, CtrModel } from "./ctr-model.ts";
import { crossMatrix, crossVector, fieldPairs } from "./ctr-parts.ts";

const FIELDS: readonly TableField[] = [
  { name: "user", offset: 0, counts: Uint32Array.of(1, 2, 3) },
  { name: "item", offset: 3, counts: Uint32Array.of(0, 6) },
  { name: "day", offset: 5, counts: Uint32Array.of(2, 2, 1, 1) },
];
const IDS = [
  [0, 3, 5],
  [2, 4, 8],
  [2, 3, 6],
  [1, 4, 6],
];
const WIDTH = 2;

type Numbers = ReadonlyMap<string, ArrayLike<number>>;

/** Scores of the rows by the formulas of the baseline card, section E, one number after the other. */
function scoresBy(form: CtrForm, numbers: Numbers): number[] {
  const at = (name: string, i: number): number => {
    const value = numbers.get(name)?.[i];
    if (value === undefined) throw new Error(`no number ${i} of ${name}`);
    return value;
  };
  const map = (path: string, x: readonly number[], out: number, bias: boolean): number[] =>
    Array.from({ length: out }, (_, j) =>
      x.reduce((s, v, i) => s + v * at(`${path}.weight`, i * out + j), bias ? at(`${path}.bias`, j) : 0),
    );
  return IDS.map((ids) => {
    const e = ids.map((id) =>
      Array.from({ length: form.width }, (_, k) => at("embedding.weight", id * form.width + k)),
    );
    const x0 = e.flat();
    const parts = [ids.reduce((s, id) => s + at("first-order.weight", id), 0)];
    if (form.pairs) {
      let pairs = 0;
      for (const [f, a] of e.entries())
        for (const b of e.slice(f + 1)) pairs += a.reduce((s, v, k) => s + v * (b[k] ?? Number.NaN), 0);
      parts.push(pairs);
    }
    if (form.cross !== null) {
      let x = x0;
      for (let l = 0; l < form.cross.layers; l++) {
        const full = form.cross.weights === "matrix";
        const mapped = map(`cross.${l}`, x, full ? x0.length : 1, full);
        x = x.map((v, i) =>
          full
            ? (x0[i] ?? Number.NaN) * (mapped[i] ?? Number.NaN) + v
            : (x0[i] ?? Number.NaN) * (mapped[0] ?? Number.NaN) + at(`cross.${l}.bias`, i) + v,
        );
      }
      parts.push(...x);
    }
    if (form.hidden.length > 0) {
      let h = x0;
      for (const [l, width] of form.hidden.entries())
        h = map(`mlp.${l}`, h, width, true).map((v) => Math.max(0, v));
      parts.push(...h);
    }
    return map("head", parts, 1, true)[0] ?? Number.NaN;
  });
}

const small = (id: keyof typeof CTR_FORMS): CtrForm => {
  const form: CtrForm = CTR_FORMS[id];
  return { ...form, width: WIDTH, hidden: form.hidden.slice(1).map(() => 4) };
};

describe.each(["onnx", "tfjs-cpu"])("click-through models on %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, {});
  });
  afterAll(async () => engine.dispose());

  const read = async (value: Tensor): Promise<number[]> => {
    await engine.settle();
    return [...(await value.data())];
  };
  const ids = () => tensor(Int32Array.from(IDS.flat()), [IDS.length, FIELDS.length], "int32");

  /** A model whose every number is drawn anew, N(0, 0.5^2), and these numbers in double precision. */
  async function drawn(form: CtrForm) {
    const model = new CtrModel({ form, fields: FIELDS, init: stream(0, "init") });
    const random = stream(3, "numbers");
    const numbers = new Map<string, Float64Array>();
    for (const param of model.params()) {
      param.load(Float32Array.from({ length: param.size }, () => 0.5 * random.normal()));
      numbers.set(param.name, Float64Array.from(await param.read()));
    }
    return { model, numbers };
  }

  it.each(["fm", "deepfm", "dcn", "dcn-v2"] as const)(
    "%s scores as its formula says, pair by pair, with the gradient of its differences",
    async (id) => {
      const form = small(id);
      const { model, numbers } = await drawn(form);
      const scores = await read(model.forward({ ids: ids() }, EVALUATION));
      for (const [row, wanted] of scoresBy(form, numbers).entries())
        expect(scores[row]).toBeCloseTo(wanted, 4);
      const { grads } = variableGrads(
        () => sum(reshape(model.forward({ ids: ids() }, EVALUATION), [IDS.length])) as Scalar,
        model.params().map((param) => param.variable),
      );
      const total = () => scoresBy(form, numbers).reduce((a, b) => a + b, 0);
      for (const param of model.params()) {
        const gradient = grads[param.variable.name];
        const values = numbers.get(param.name);
        if (gradient === undefined || values === undefined) throw new Error(`no gradient of ${param.name}`);
        const found = await read(gradient);
        for (const [i, value] of values.entries()) {
          values[i] = value + 1e-6;
          const above = total();
          values[i] = value - 1e-6;
          const below = total();
          values[i] = value;
          expect(found[i], `${param.name}[${i}]`).toBeCloseTo((above - below) / 2e-6, 3);
        }
      }
      model.dispose();
    },
  );

  it("a cross layer with weights and biases of zero is the identity, as a vector and as a matrix", async () => {
    const x0 = tensor([1, -2, 3, 0.5, 4, -1], [2, 3]);
    const x = tensor([5, 6, -7, 8, 0, 0.25], [2, 3]);
    expect(await read(crossVector(x0, x, zeros([2, 1]), zeros([3])))).toEqual(await read(x));
    expect(await read(crossMatrix(x0, x, zeros([2, 3])))).toEqual(await read(x));
  });

  it("pairs of a single field are zero", async () => {
    expect(await read(fieldPairs(tensor([1, -2, 3, 4], [2, 1, 2])))).toEqual([0, 0]);
  });

  it("a new factorisation machine is the plain sum of first-order weights and pairs", async () => {
    const model = ctrBackbones.model("fm", { fields: FIELDS, init: stream(0, "init") });
    const head = new Map(
      await Promise.all(
        model.head.module.params().map(async (p) => [p.name, [...(await p.read())]] as const),
      ),
    );
    expect(head).toEqual(
      new Map([
        ["head.weight", [1, 1]],
        ["head.bias", [0]],
      ]),
    );
    model.dispose();
  });

  it("one draw of the init stream gives one model, and another draw another", async () => {
    const scores = async (seed: number) => {
      const model = ctrBackbones.model("deepfm", { fields: FIELDS, init: stream(seed, "init") });
      const made = await read(model.forward({ ids: ids() }, EVALUATION));
      model.dispose();
      return made;
    };
    expect(await scores(1)).toEqual(await scores(1));
    expect(await scores(1)).not.toEqual(await scores(2));
  });
});

describe("the sites of click-through models", () => {
  beforeAll(async () => {
    await openEngine("tfjs-cpu", {});
  });

  it("are known before the model is built, in its own order, with deep layers as dense maps in blocks", () => {
    for (const id of Object.keys(CTR_FORMS)) {
      const model = ctrBackbones.model(id, { fields: FIELDS, init: stream(0, "init") });
      const linear = model.sites.flatMap((site) =>
        site.kind === "linear"
          ? [{ kind: site.kind, path: site.path, role: site.role, block: site.block }]
          : [],
      );
      expect(linear).toEqual(ctrBackbones.places(id));
      expect(linear.at(-1)?.role).toBe("head");
      for (const { role, block } of linear.slice(0, -1))
        expect([role, block === null]).toEqual(["dense", false]);
      model.dispose();
    }
  });

  it("hold tables that know the frequency of every row by field", () => {
    const model = ctrBackbones.model("deepfm", { fields: FIELDS, init: stream(0, "init") });
    const tables = model.sites.filter((site) => site.kind === "embedding").map((site) => site.module);
    expect(tables.map(({ rows, width }) => [rows, width])).toEqual([
      [9, 16],
      [9, 1],
    ]);
    for (const table of tables) expect(isFieldEmbedding(table) && table.fields).toEqual(FIELDS);
    model.dispose();
  });

  it("cost what the formulas say: parameters and multiply-adds of DeepFM and DCN-V2 on three fields", () => {
    const count = (id: string) => {
      const model = ctrBackbones.model(id, { fields: FIELDS, init: stream(0, "init") });
      const parameters = model.params().reduce((total, param) => total + param.size, 0);
      const made = [parameters, model.multiplyAdds({ fields: 3 })];
      model.dispose();
      return made;
    };
    // Tables of 9 rows; inputs 3 x 16 = 48; a head of 2 + 128 inputs, or 1 + 48 + 128.
    const mlp = 48 * 128 + 128 * 128;
    expect(count("deepfm")).toEqual([
      9 * 17 + mlp + 128 * 128 + 3 * 128 + 131,
      mlp + 128 * 128 + 130 + 4 * 16,
    ]);
    expect(count("dcn-v2")).toEqual([
      9 * 17 + 2 * (48 * 48 + 48) + mlp + 2 * 128 + 178,
      2 * (48 * 48 + 48) + mlp + 177,
    ]);
  });

  it("are refused for a backbone that nobody knows, with the nearest name", () => {
    expect(() => ctrBackbones.places("deepmf")).toThrow(/did you mean "deepfm"/);
  });
});
