// `bench sweep --executor slurm` on a real cluster of two nodes: what happens to it happens for real (a node dies, the
// controller is restarted, a time limit is hit, an element ends well without a file). Runs are the worker's beside this file.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeScratch, type Scratch, type Started } from "#harness/cli/testing/scratch.ts";
import { parseQueue, type QueuedElement, squeueWords } from "#harness/run/slurm/words.ts";
import { until } from "#harness/run/testing/fixtures.ts";
import { type Cluster, NODES, type NodeName, startCluster, whyNoCluster } from "./cluster.ts";

const why = whyNoCluster();
const reason = why === null ? "" : ` (skipped: ${why})`;

const WORKER = fileURLToPath(new URL("./worker.js", import.meta.url));
const LIMIT_MS = 60_000;

describe.skipIf(why !== null)(`a sweep on a cluster${reason}`, () => {
  let cluster: Cluster;
  let scratch: Scratch;
  let hold: string;
  /** Words of each call of sbatch. */
  let calls: string;
  let bin: string;

  beforeAll(async () => {
    cluster = await startCluster();
    scratch = makeScratch();
    copyFileSync(WORKER, join(scratch.root, "harness", "run", "worker.js"));
    hold = join(scratch.root, "hold");
    calls = join(scratch.root, "calls.txt");
    bin = join(scratch.root, "bin");
    mkdirSync(bin);
  });
  afterAll(async () => {
    await cluster?.stop();
    scratch?.remove();
  });
  const started: Started[] = [];
  afterEach(() => {
    // A test that failed leaves its command and its jobs.
    for (const { child } of started.splice(0)) child.kill("SIGKILL");
    cluster.slurm("scancel", "--full", "--signal=KILL", "--user=root");
    cluster.slurm("scancel", "--user=root");
    for (const name of ["results", ".rankbench"])
      rmSync(join(scratch.root, name), { recursive: true, force: true });
    for (const file of [hold, calls, join(bin, "sbatch")]) rmSync(file, { force: true });
  });

  const queue = (): QueuedElement[] =>
    parseQueue(cluster.slurm("squeue", ...squeueWords([]).filter((word) => !word.startsWith("--name"))));
  const running = (): QueuedElement[] => queue().filter(({ state }) => state === "RUNNING");
  const nodeOf = ({ job, index }: QueuedElement): NodeName => {
    const shown = cluster.slurm("squeue", "--noheader", `--jobs=${job}_${index}`, "--format=%N").trim();
    const name = NODES.find((node) => node === shown);
    if (name === undefined) throw new Error(`element ${job}_${index} runs on no node: ${shown}`);
    return name;
  };
  /** An element that was put back would wait two minutes, until no late answer of the dead node can be taken for the new one's. */
  const hasten = (element: string): void => {
    try {
      cluster.slurm("scontrol", "update", `JobId=${element}`, "StartTime=now");
    } catch {
      // It has begun already.
    }
  };
  const files = (): string[] =>
    scratch.files(join("results", "runs")).filter((file) => file.endsWith(".json"));

  /** Puts a program of this text before sbatch; `real` is the real one, to which the words may be handed on. */
  const standIn = (text: string): void => {
    const file = join(bin, "sbatch");
    writeFileSync(file, `#!/bin/bash\necho "$*" >>${calls}\nreal=/usr/bin/sbatch\n${text}\n`);
    chmodSync(file, 0o755);
  };
  const submissions = (): number => readFileSync(calls, "utf8").trim().split("\n").length;

  const sweep = (seeds: string, ...more: readonly string[]): Started => {
    const command = scratch.start(
      [
        ...["sweep", "--method", "bitfit", "--task", "glue-sst2", "--scale", "smoke", "--seeds", seeds],
        ...["--executor", "slurm", "--poll", "0.5s", ...more],
      ],
      {
        env: {
          ...cluster.env,
          PATH: [bin, cluster.env.PATH].join(delimiter),
          RANKBENCH_HOLD: hold,
          RANKBENCH_DB: undefined,
        },
      },
    );
    started.push(command);
    return command;
  };

  it("gives several short runs to an element, and ends with the records that were planned", async () => {
    standIn('exec "$real" "$@"');
    const words = [
      "--method",
      "bitfit",
      "--task",
      "glue-sst2",
      "--scale",
      "smoke",
      "--seeds",
      "0-3",
      "--json",
    ];
    const planned = JSON.parse((await scratch.bench(["plan", ...words])).out) as {
      readonly cells: readonly { readonly id: string }[];
    };
    const { code, all } = await sweep("0-3", "--element-time", "45s").ended;
    expect(code, all).toBe(0);
    expect(
      scratch
        .records()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(planned.cells.map(({ id }) => id).sort());
    // Two of twenty seconds fit into three quarters of a minute.
    expect(all).toMatch(/submitted rankbench-[0-9a-f]{12} as job \d+: 4 runs in 2 elements/);
    expect(submissions()).toBe(1);
    const again = await scratch.bench(["plan", ...words]);
    expect(JSON.parse(again.out)).toMatchObject({ totals: { todo: 0, states: { done: 4 } } });
    expect(scratch.files(join(".rankbench", "slurm")).filter((name) => name !== "begun")).toEqual([]);
  });

  it(
    "survives the death of a node and a time limit",
    async () => {
      standIn('exec "$real" "$@"');
      writeFileSync(hold, "");
      const command = sweep("0-1", "--element-time", "1s");
      await until(() => running().length === 2, `two elements run\n${command.printed()}`, LIMIT_MS);
      const [first, second] = running();
      if (first === undefined || second === undefined) throw new Error("two elements were there");
      const begun = () => scratch.files(join(".rankbench", "slurm", "begun")).length === 2;
      await until(begun, "both runs have begun", LIMIT_MS);

      const dead = nodeOf(first);
      await cluster.killNode(dead);
      // Its end comes when the controller looks next, which is within half a minute.
      cluster.slurm("scontrol", "update", `JobId=${second.job}_${second.index}`, "EndTime=now+1");
      await until(
        () => /ended without a record \(TIMEOUT.*submitted again/.test(command.printed()),
        `the time limit\n${command.printed()}`,
        LIMIT_MS,
      );
      await cluster.startNode(dead);
      const element = `${first.job}_${first.index}`;
      const isBack = (): boolean =>
        / Restarts=1 /.test(cluster.slurm("scontrol", "show", "job", element, "-o"));
      await until(isBack, "SLURM puts back the element of the dead node", LIMIT_MS);
      hasten(element);
      rmSync(hold);
      const { code, all } = await command.ended;
      expect(code, `${all}\n${cluster.logs()}`).toBe(0);
      const records = scratch.records();
      expect(records.map(({ outcome }) => outcome.state)).toEqual(["ok", "ok"]);
      // The node's element was put back by SLURM itself; the other one was submitted again.
      expect(records.map(({ attempt }) => attempt)).toEqual(["restarted", "restarted"]);
      // On a slow machine the queue may not show the dead node's element for two looks: then it is submitted again as well,
      // and its record is written once all the same (else code 10).
      expect([2, 3]).toContain(submissions());
    },
    3 * LIMIT_MS,
  );

  it("does not believe an element that ends with code 0 without a record, and gives up in the end", async () => {
    const liar = join(scratch.root, "liar.sh");
    writeFileSync(liar, '#!/bin/bash\n[[ $LIARS == *$SLURM_ARRAY_TASK_ID* ]] && exit 0\nexec bash "$1"\n');
    // Of the first array both elements, of the second one the last.
    standIn(
      `LIARS=$([ "$(wc -l <${calls})" = 1 ] && echo 01 || echo 1) "$real" "\${@:1:$#-1}" ${liar} "\${@: -1}"`,
    );
    const { code, all } = await sweep("0-1", "--element-time", "1s", "--attempts", "2").ended;
    expect(code, all).toBe(8);
    expect(all).toMatch(
      /seed 0: element 0 .* without a record \(COMPLETED, exit code 0:0, node \w+\); it is submitted again/,
    );
    expect(all).toContain("bitfit on glue-sst2, seed 1: nothing was recorded");
    expect(all).toMatch(/field:\s+attempts\s+got:\s+2/);
    expect(submissions()).toBe(2);
    expect(scratch.records().map(({ identity }) => identity.seed)).toEqual([0]);
  });

  it("leaves the array running at Ctrl-C, and takes it up without submitting it again, controller or not", async () => {
    standIn('exec "$real" "$@"');
    writeFileSync(hold, "");
    const first = sweep("0-2", "--element-time", "1s");
    await until(() => running().length === 2, "two elements run", LIMIT_MS);
    first.child.kill("SIGINT");
    const stopped = await first.ended;
    expect(stopped.code, stopped.all).toBe(130);
    const name = queue()[0]?.name ?? "";
    expect(stopped.out).toContain(`cancel: scancel --name=${name}`);
    expect(queue()).toHaveLength(3);

    const [second, third] = [sweep("0-2"), sweep("0-2")];
    await until(() => second.printed().includes("2 running, 1 waiting"), "it sees the queue", LIMIT_MS);
    await cluster.restartController(() =>
      until(() => third.printed().includes("does not answer"), "it waits for the controller", LIMIT_MS),
    );
    rmSync(hold);
    for (const { code, all } of await Promise.all([second.ended, third.ended])) expect(code, all).toBe(0);
    expect(submissions()).toBe(1);
    expect(scratch.records().map(({ outcome }) => outcome.state)).toEqual(["ok", "ok", "ok"]);
  });

  it("asks for what the spec needs, and refuses a node that is another machine", async () => {
    standIn('exec "$real" "$@"');
    const { code, all } = await sweep("0", "--spec", "h100").ended;
    expect(readFileSync(calls, "utf8")).toContain("--gres=gpu:h100:1");
    expect(code, all).toBe(2);
    expect(all).toMatch(/field:\s+spec/);
    expect(all).toMatch(/wanted:\s+h100: gpu NVIDIA H100/);
    expect(all).toMatch(/plan for such nodes with --spec/);
    expect(submissions()).toBe(1);
    expect(files()).toEqual([]);
  });

  it("refuses in SLURM's own words what the cluster does not take, and submits nothing", async () => {
    const { code, all } = await sweep("0", "--sbatch=--partition=nowhere").ended;
    expect(code, all).toBe(2);
    expect(all).toMatch(/invalid partition/i);
    expect(existsSync(join(scratch.root, ".rankbench", "slurm", "submit.lock"))).toBe(false);
    expect(queue()).toEqual([]);
  });
});
