// A stranger's path in scratch clones without network: a real method from the scaffold to acceptance, then twelve bad
// submissions, each refused with its reason.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { submissionOfCommit } from "#harness/submit/changes.ts";
import { judgeSubmission } from "#harness/submit/judge.ts";
import { brokenLines } from "#harness/submit/rules.ts";
import { BAD, commitBad, fillIn, handOver, METHOD, STEPS, type Stage, setStage } from "./contributor.ts";

/** Three runs, and a repetition: a minute each on two free cores. */
const LONG_MS = 900_000;

describe("a contributor", () => {
  let stage: Stage;
  let good: string;
  beforeAll(() => {
    stage = setStage();
  });
  afterAll(() => stage.remove());

  it("comes from the scaffold to a pull request, and every step says the next", { timeout: LONG_MS }, () => {
    const { contributor } = stage;
    const made = contributor.bench("new", METHOD, "--kind", "adapter");
    expect(made.text).toContain(`next: pnpm bench check ${METHOD}`);
    fillIn(contributor);
    const said = STEPS.map((step) => {
      const { code, text } = contributor.bench(...step);
      expect(text, step.join(" ")).not.toContain("error:");
      expect(code, text).toBe(0);
      return text;
    });
    expect(said[0]).toContain("1 method checked: 1 conform");
    expect(said[0]).toMatch(/next: pnpm bench --method lora-fa --task \S+ --seeds 0-2/);
    expect(said[1]).toContain(`next:     pnpm bench submit ${METHOD}`);
    expect(said[2]).toContain("no rule is broken");
    expect(said[2]).toContain(`branch:   submit/${METHOD}`);
    expect(said[2]).toContain(`next:     git push origin submit/${METHOD}`);
    // The working tree was not touched: everything is still uncommitted.
    expect(contributor.git("log", "--format=%s", "HEAD")).toBe("base");
    expect(contributor.git("status", "--porcelain").split("\n")).toContain(`?? methods/${METHOD}/`);
    good = handOver(stage);
    const files = stage.maintainer.git("diff", "--name-only", "HEAD", good).split("\n");
    expect(files.filter((file) => file.startsWith(`methods/${METHOD}/`))).toHaveLength(5);
    expect(files.filter((file) => file.startsWith("results/runs/"))).toHaveLength(3);
    expect(files).toHaveLength(8);
  });

  it("is accepted by the commands of the submission workflow, in a clone of the maintainer's", {
    timeout: LONG_MS,
  }, () => {
    const { maintainer } = stage;
    const judged = maintainer.submission("judge", "--head", good);
    expect(judged).toEqual({ code: 0, text: "tasks: glue-sst2\n8 files, 3 records: no rule is broken\n" });
    const comment = maintainer.submission("comment", "--head", good);
    expect(comment.code).toBe(0);
    expect(comment.text).toMatch(/3 records, self-reported/);
    expect(comment.text).toMatch(/> lora-fa +3 /);
    expect(maintainer.git("status", "--porcelain")).toBe("");
    expect(maintainer.submission("apply", "--head", good).code).toBe(0);
    const executed = maintainer.submission("execute", "--head", good, "--rerun", "1");
    expect(executed.text).toMatch(
      /repeated results\/runs\/glue-sst2\/lora-fa\/[0-9a-f]{16}\.json: bit-equal/,
    );
    expect(executed.text).toContain(`${METHOD}, 3 records: no rule is broken`);
    expect(executed.code).toBe(0);
    // Every submission is judged in a clean clone.
    maintainer.git("clean", "--quiet", "--force", "-d", "methods", "results");
  });

  it.each(BAD.filter(({ executed }) => executed !== true).map((bad) => [bad.name, bad] as const))(
    "is refused by the first look, which executes nothing: %s",
    async (_, bad) => {
      const { head, base } = commitBad(stage, good, bad);
      const { root } = stage.maintainer;
      const { broken } = await judgeSubmission(submissionOfCommit(root, head, base), root);
      expect(brokenLines(broken).join("\n")).toMatch(bad.reason);
    },
  );

  it.each(BAD.filter(({ executed }) => executed === true).map((bad) => [bad.name, bad] as const))(
    "is refused by the second look: %s",
    (_, bad) => {
      const { head, base } = commitBad(stage, good, bad);
      const { contributor } = stage;
      // The contributor's clone has the bad commit checked out, as the workflow's has after applying it.
      const { code, text } = contributor.submission("execute", "--head", head, "--base", base);
      expect(text).toMatch(bad.reason);
      expect(code).toBe(11);
    },
  );

  it("is told the same by the command, with its own exit code", () => {
    const [bad] = BAD;
    if (bad === undefined) throw new Error("no bad submission");
    const { head, base } = commitBad(stage, good, bad);
    const { code, text } = stage.maintainer.submission("judge", "--head", head, "--base", base);
    expect(code).toBe(11);
    expect(text).toMatch(bad.reason);
  });
});

it("there are twelve bad submissions, of twelve names", () => {
  expect(new Set(BAD.map(({ name }) => name)).size).toBe(12);
});
