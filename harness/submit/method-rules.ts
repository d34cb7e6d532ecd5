// Rules that need the method's code: what made the records, whether it takes their configurations, its texts, the
// conformance suite. Loads and executes the code of the submission, so the caller decides where.
import { checkMethod } from "#harness/check/check-method.ts";
import { CHECKS } from "#harness/check/verdict.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { codeReader } from "#harness/method/code.ts";
import { describeConfig } from "#harness/method/config.ts";
import type { Method } from "#harness/method/contract.ts";
import { findMethod } from "#harness/method/registry.ts";
import { canonicalJson } from "#harness/record/identity.ts";
import type { Interruption } from "#harness/run/supervisor.ts";
import { listTasks } from "#harness/task/registry.ts";
import { judgeFormula } from "./formula.ts";
import { textProblem } from "./record-rules.ts";
import { type Broken, broken, brokenBy } from "./rules.ts";
import type { Submitted } from "./submitted.ts";

/** Texts of a method that pages show. */
function judgeMethodTexts(method: Method): Broken[] {
  const place = `methods/${method.id}/method.ts`;
  const { title, summary, paper } = method;
  const texts: readonly (readonly [string, string])[] = [
    ["title", title],
    ["summary", summary],
    ...Object.entries(paper ?? {}).map(([key, value]) => [`paper.${key}`, String(value)] as const),
    ...describeConfig(method).map(({ name, description }) => [`config.${name}`, description] as const),
    ...method.presets.map(({ source }, i) => [`presets.${i}.source`, source] as const),
  ];
  const found = texts.flatMap(([field, text]) => {
    const problem = textProblem(text);
    return problem === null ? [] : [broken("texts", place, `${field} ${problem}`)];
  });
  if (paper !== null && !/^https:\/\/[^\s"'<>]+$/.test(paper.url))
    found.push(broken("texts", place, `paper.url is no https address: ${JSON.stringify(paper.url)}`));
  return found;
}

function judgeCode(method: Method, submitted: readonly Submitted[]): Broken[] {
  const now = codeReader().method(method.id);
  return submitted.flatMap(({ path, record: { environment } }) =>
    environment.code === undefined || environment.code.method === now
      ? []
      : [broken("code", path, `was made by other sources of ${method.id} than those submitted`)],
  );
}

function judgeConfigs(method: Method, submitted: readonly Submitted[]): Broken[] {
  return submitted.flatMap(({ path, record: { identity } }) => {
    const parsed = method.config.safeParse(identity.config);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return [
        broken(
          "config",
          path,
          `config.${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "refused"}`,
        ),
      ];
    }
    return canonicalJson(parsed.data) === canonicalJson(identity.config)
      ? []
      : [broken("config", path, "has a configuration in which defaults are not filled in")];
  });
}

export interface MethodJudgement {
  readonly broken: readonly Broken[];
  readonly notes: readonly string[];
  /** Undefined where its source cannot be loaded. */
  readonly method: Method | undefined;
}

export interface MethodJudgeOptions {
  readonly engine: Engine;
  readonly interruption: Interruption;
  /** As `bench check` has it: a real run in a worker process, or none. */
  readonly smoke: "none" | "quick";
}

/** Judges method `id` of this checkout and the records that came with it, what is quickly told first. */
export async function judgeMethod(
  id: string,
  submitted: readonly Submitted[],
  options: MethodJudgeOptions,
): Promise<MethodJudgement> {
  let method: Method;
  try {
    method = await findMethod(id);
  } catch (error) {
    return {
      broken: [brokenBy("conformance", `methods/${id}/method.ts`, error)],
      notes: [],
      method: undefined,
    };
  }
  const sound = [
    ...judgeMethodTexts(method),
    ...judgeCode(method, submitted),
    ...judgeConfigs(method, submitted),
  ];
  if (sound.length > 0) return { broken: sound, notes: [], method };
  const { broken: counts, notes } = await judgeFormula(options.engine, method, submitted);
  if (counts.length > 0) return { broken: counts, notes, method };
  const { findings } = await checkMethod(method, { ...options, tasks: await listTasks() });
  const failures = findings.flatMap(({ check, verdict }) =>
    verdict.state === "failed"
      ? [broken("conformance", `methods/${id}`, `${CHECKS[check].title}: ${verdict.problem}`)]
      : [],
  );
  return { broken: failures, notes, method };
}
