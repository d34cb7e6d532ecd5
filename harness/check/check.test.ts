import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { add, keep, mul, scalar } from "#harness/engine/tensor.ts";
import type { Method, MethodRun, Promises } from "#harness/method/contract.ts";
import { countOf, denseDeployment } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { detached } from "#harness/nn/detach.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { adamw } from "#harness/optim/adam.ts";
import { listTasks } from "#harness/task/registry.ts";
import { type CheckOptions, checkMethod } from "./check-method.ts";
import { makeToy } from "./toy/run.ts";
import { CHECKS, type CheckId } from "./verdict.ts";

const EXACT: Promises = { startsAtBase: 0, finishKeeps: 0, gradients: "exact" };
const config = z.strictObject({ learningRate: learningRate(5e-3, "chosen for the toy task") });

/** Full fine-tuning, changed in one way. */
const variant = (
  setup: (model: Model, made: MethodRun) => MethodRun | Promise<MethodRun>,
  rest: Partial<Method> = {},
): Method => ({
  id: "variant",
  title: "Variant",
  kind: "baseline",
  paper: null,
  fidelity: "paper",
  summary: "A method of the tests.",
  families: ["glue"],
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: EXACT,
  supports: () => ({ ok: true }),
  async setup({ model }, { learningRate }) {
    for (const param of model.params()) param.trainable = true;
    return setup(model, {
      stages: [{ name: "train", learningRate: Number(learningRate), budgetShare: 1 }],
      declared: denseDeployment(model, countOf(model.params())),
    });
  },
  ...rest,
});

const firstMap = (model: Model): LinearSite => {
  const site = model.sites.find((each): each is LinearSite => each.kind === "linear");
  if (site === undefined) throw new Error("no linear site");
  return site;
};

describe("checkMethod", () => {
  let engine: Engine;
  let options: CheckOptions;
  beforeAll(async () => {
    engine = await openEngine("onnx");
    const { signal } = new AbortController();
    const interruption = { stop: signal, now: signal };
    options = { engine, tasks: await listTasks(), smoke: "none", interruption };
  });
  afterAll(async () => engine.dispose());

  /** Checks that fail, with what they say. */
  async function failures(method: Method): Promise<Partial<Record<CheckId, string>>> {
    const { findings } = await checkMethod(method, options);
    return Object.fromEntries(
      findings.flatMap(({ check, verdict }) =>
        verdict.state === "failed" ? [[check, verdict.problem]] : [],
      ),
    );
  }

  it("finds nothing wrong with a method that is right", async () => {
    expect(await failures(variant((_, made) => made))).toEqual({});
  });

  it("tells a wrong formula with both numbers", async () => {
    const found = await failures(
      variant((_, made) => ({ ...made, declared: { ...made.declared, trainable: 1249 } })),
    );
    expect(Object.keys(found)).toEqual(["costs"]);
    expect(found.costs).toMatch(/trainable: 1249 by formula, 1250 counted/);
  });

  it("tells a start that is not the base model's", async () => {
    const found = await failures(
      variant(async (model, made) => {
        const [weight] = firstMap(model).module.params();
        weight?.load((await weight.read()).map((value) => 1.1 * value));
        return made;
      }),
    );
    expect(Object.keys(found)).toEqual(["start"]);
  });

  it("tells gradients that are half of what they should be", async () => {
    const found = await failures(
      variant(
        (model, made) => {
          const site = firstMap(model);
          const dense = site.module;
          site.module = {
            inFeatures: dense.inFeatures,
            outFeatures: dense.outFeatures,
            params: () => dense.params(),
            multiplyAdds: () => dense.multiplyAdds(),
            apply(x, pass) {
              const half = (): ReturnType<typeof mul> => mul(dense.apply(x, pass), 0.5);
              return add(half(), detached(half));
            },
          };
          return {
            ...made,
            async finish() {
              site.module = dense;
            },
          };
        },
        { promises: { ...EXACT, startsAtBase: 1e-5, finishKeeps: 1e-5 } },
      ),
    );
    expect(Object.keys(found)).toEqual(["gradients"]);
    expect(found.gradients).toMatch(/by gradient, .* by finite differences/);
  });

  it("tells a frozen parameter that an update moves", async () => {
    const found = await failures(
      variant((model, made) => {
        const [first] = model.params();
        if (first === undefined) throw new Error("no parameter");
        first.trainable = false;
        const inner = adamw();
        const optimizer: typeof inner = {
          ...inner,
          update(input) {
            first.load(new Float32Array(first.size).fill(input.step));
            return inner.update(input);
          },
        };
        const trained = countOf(model.params()) - first.size;
        return {
          ...made,
          stages: made.stages.map((stage) => ({ ...stage, optimizer })),
          declared: denseDeployment(model, trained),
        };
      }),
    );
    expect(found.frozen).toMatch(/moved although frozen: embedding\.weight/);
  });

  it("tells a number of the forward pass that is no parameter, so is not saved", async () => {
    const found = await failures(
      variant((model, made) => {
        const site = firstMap(model);
        const dense = site.module;
        let scale = 1;
        site.module = {
          inFeatures: dense.inFeatures,
          outFeatures: dense.outFeatures,
          params: () => dense.params(),
          multiplyAdds: () => dense.multiplyAdds(),
          apply: (x, pass) => mul(dense.apply(x, pass), scale),
        };
        const betweenSteps = {
          due: () => true,
          async run() {
            scale *= 1.1;
          },
        };
        return { ...made, stages: made.stages.map((stage) => ({ ...stage, betweenSteps })) };
      }),
    );
    expect(Object.keys(found)).toEqual(["state"]);
  });

  it("tells a finish that changes scores, and one that is not idempotent", async () => {
    const found = await failures(
      variant((model, made) => ({
        ...made,
        async finish() {
          const [weight] = firstMap(model).module.params();
          weight?.load((await weight.read()).map((value) => 1.1 * value));
        },
      })),
    );
    expect(Object.keys(found)).toEqual(["finish", "twice"]);
  });

  it("tells tensors that are left", async () => {
    const found = await failures(
      variant((_, made) => ({
        ...made,
        async finish() {
          keep(scalar(1));
          await engine.settle();
        },
      })),
    );
    expect(found.leaks).toMatch(/tensors alive/);
  });

  it("tells state that outlives a run: two lives differ", async () => {
    let lives = 0;
    const found = await failures(
      variant((_, made) => {
        lives++;
        return {
          ...made,
          stages: made.stages.map((stage) => ({ ...stage, learningRate: stage.learningRate * lives })),
        };
      }),
    );
    expect(found.repeats).toBe("two lives differ");
  });

  it("tells a loss that does not fall", async () => {
    const found = await failures(
      variant((_, made) => ({
        ...made,
        stages: made.stages.map((stage) => ({ ...stage, learningRate: 0 })),
      })),
    );
    expect(Object.keys(found)).toEqual(["lowers"]);
  });

  it("passes on what setup throws, as the one failure", async () => {
    const found = await failures(
      variant(() => {
        throw new Error("setup of variant is not written yet");
      }),
    );
    expect(found).toEqual({ runs: "setup of variant is not written yet" });
  });

  it("tells a configuration that accepts anything, and a refusal without a reason", async () => {
    const loose = z.object({
      rank: z.number().default(1).describe("directions"),
      alpha: z.number().positive(),
    });
    const found = await failures(
      variant((_, made) => made, {
        config: loose as unknown as Method["config"],
        supports: ({ id }) => (id === "glue-rte" ? { ok: false, reason: "no" } : { ok: true }),
      }),
    );
    expect(found.config).toMatch(/alpha has no default/);
    expect(found.config).toMatch(/rank is a number without a lower bound/);
    expect(found.support).toMatch(/refuses without a reason: glue-rte at smoke/);
  });

  it("has a next step for every check", () => {
    for (const [id, { next }] of Object.entries(CHECKS)) expect(next.length, id).toBeGreaterThan(20);
  });

  it("leaves the toy as it was: a fresh one has the same numbers every time", async () => {
    const values = async () => {
      const toy = await makeToy(engine);
      const read = await Promise.all(toy.model.params().map(async (param) => [...(await param.read())]));
      toy.model.dispose();
      return read;
    };
    expect(await values()).toEqual(await values());
  });
});
