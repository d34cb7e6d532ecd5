// A SLURM cluster of two nodes on one machine, from Debian's packages (slurm-wlm, munge): own ports, own keys, own folder, so
// that it meets no other cluster. For tests; nothing here knows Rankbench.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, hostname, tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Daemons live in sbin, which is not in everybody's PATH. */
const PATH = [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter);

const NEEDED = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"];

/** Why no cluster can be started on this machine; null where one can. */
export function whyNoCluster(): string | null {
  if (process.platform !== "linux") return "SLURM runs on Linux";
  const missing = NEEDED.filter(
    (name) => spawnSync("which", [name], { env: { ...process.env, PATH }, stdio: "ignore" }).status !== 0,
  );
  if (missing.length > 0)
    return `${missing.join(", ")} missing: apt-get install -y --no-install-recommends slurm-wlm munge`;
  return process.getuid?.() === 0 ? null : "slurmd starts jobs as root only";
}

export const NODES = ["east", "west"] as const;
export type NodeName = (typeof NODES)[number];

export interface Cluster {
  /** What programs need to find this cluster: SLURM_CONF and PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command of SLURM; its stdout. Throws with its stderr. */
  slurm(program: string, ...words: readonly string[]): string;
  /** Ends a node's daemon and everything that it runs, as a power cut would. */
  killNode(name: NodeName): Promise<void>;
  /** Starts it again, and waits until it takes jobs. */
  startNode(name: NodeName): Promise<void>;
  /** Ends the controller and starts it again from what it saved; `meanwhile` happens without one. */
  restartController(meanwhile?: () => Promise<void>): Promise<void>;
  /** What the daemons wrote, for the message of a test that failed. */
  logs(): string;
  stop(): Promise<void>;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (address === null || typeof address === "string") throw new Error("no port was given");
      return address.port;
    }),
  );
}

function configuration(folder: string, ports: readonly number[], memoryMiB: number): string {
  const { username } = userInfo();
  const [controller, ...own] = ports;
  const nodes = NODES.map(
    (name, i) =>
      `NodeName=${name} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${own[i]} ` +
      `CPUs=${availableParallelism()} RealMemory=${memoryMiB} Gres=gpu:h100:1`,
  );
  return [
    "ClusterName=rankbench",
    `SlurmctldHost=${hostname()}(127.0.0.1)`,
    `SlurmctldPort=${controller}`,
    `SlurmUser=${username}`,
    `SlurmdUser=${username}`,
    "AuthType=auth/munge",
    `AuthInfo=socket=${join(folder, "munge.socket")}`,
    "CommunicationParameters=NoInAddrAny,NoCtldInAddrAny",
    // No control groups, which a container may not have, and no checks of hardware that two nodes share.
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "JobAcctGatherType=jobacct_gather/none",
    "SlurmdParameters=config_overrides",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_Core_Memory",
    "GresTypes=gpu",
    "MpiDefault=none",
    "SwitchType=switch/none",
    "ReturnToService=2",
    "JobRequeue=1",
    // Everything as quick as can be: a test waits for each of these.
    "SlurmdTimeout=5",
    "SlurmctldTimeout=10",
    "KillWait=2",
    "MinJobAge=300",
    "InactiveLimit=0",
    "SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,requeue_setup_env_fail",
    `StateSaveLocation=${join(folder, "state")}`,
    `SlurmdSpoolDir=${join(folder, "spool-%n")}`,
    `SlurmctldPidFile=${join(folder, "slurmctld.pid")}`,
    `SlurmdPidFile=${join(folder, "slurmd-%n.pid")}`,
    `SlurmctldLogFile=${join(folder, "slurmctld.log")}`,
    `SlurmdLogFile=${join(folder, "slurmd-%n.log")}`,
    ...nodes,
    `PartitionName=main Nodes=${NODES.join(",")} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO`,
    "",
  ].join("\n");
}

async function until(holds: () => boolean, what: string, limitMs = 20_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(100);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // The process is gone.
  }
}

const processIds = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

/** Starts a cluster; throws with the daemons' own words where it does not come up. */
export async function startCluster({ memoryMiB = 16_384 } = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "rankbench-slurm-"));
  for (const name of ["state", ...NODES.map((node) => `spool-${node}`)]) mkdirSync(join(folder, name));
  const file = (name: string): string => join(folder, name);
  writeFileSync(file("munge.key"), Buffer.alloc(128, folder), { mode: 0o400 });
  writeFileSync(file("slurm.conf"), configuration(folder, await freePorts(1 + NODES.length), memoryMiB));
  writeFileSync(file("gres.conf"), `NodeName=${NODES.join(",")} Name=gpu Type=h100 File=/dev/null\n`);
  chmodSync(folder, 0o755);
  const env = { PATH, SLURM_CONF: file("slurm.conf") };
  const out = openSync(file("out.log"), "a");
  const daemons = new Map<string, ChildProcess>();

  const start = (name: string, program: string, words: readonly string[]): void => {
    const child = spawn(program, words, {
      env: { ...process.env, ...env },
      stdio: ["ignore", out, out],
      // A group of its own, so that what a daemon starts can be ended with it.
      detached: true,
    });
    child.on("error", () => undefined);
    daemons.set(name, child);
  };
  const kill = async (name: string, signal: NodeJS.Signals): Promise<void> => {
    const child = daemons.get(name);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    await gone;
  };
  const slurm = (program: string, ...words: readonly string[]): string =>
    execFileSync(program, words, {
      env: { ...process.env, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 20_000,
    });
  const answers = (program: string, ...words: readonly string[]): boolean => {
    try {
      slurm(program, ...words);
      return true;
    } catch {
      return false;
    }
  };
  const stateOf = (name: NodeName): string => {
    try {
      return slurm("sinfo", "--noheader", "-N", "-n", name, "-o", "%T").trim();
    } catch {
      return "unknown";
    }
  };
  const startController = async (): Promise<void> => {
    start("slurmctld", "slurmctld", ["-D"]);
    await until(() => answers("scontrol", "ping"), "the controller answers");
    await until(() => slurm("scontrol", "ping").includes("UP"), "the controller is up");
  };
  const startNode = async (name: NodeName): Promise<void> => {
    start(name, "slurmd", ["-D", "-N", name]);
    await until(() => /^(idle|mixed|allocated|completing)$/.test(stateOf(name)), `node ${name} takes jobs`);
  };
  const logs = (): string =>
    ["out.log", "slurmctld.log", ...NODES.map((node) => `slurmd-${node}.log`)]
      .map((name) => {
        try {
          return `--- ${name}\n${readFileSync(file(name), "utf8").slice(-4000)}`;
        } catch {
          return `--- ${name}: none`;
        }
      })
      .join("\n");

  /** Processes of the jobs on a node, and SLURM's own that look after them: no children of the node's daemon. */
  const jobsOn = (name: NodeName): number[] => {
    const jobs = processIds().filter((pid) => {
      const words = read(`/proc/${pid}/environ`).split("\0");
      return words.includes(`SLURMD_NODENAME=${name}`) && words.includes(`SLURM_CONF=${env.SLURM_CONF}`);
    });
    const keepers = jobs
      .map((pid) => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]))
      .filter((pid) => read(`/proc/${pid}/cmdline`).startsWith("slurmstepd"));
    return [...new Set([...keepers, ...jobs])];
  };
  const killNode = async (name: NodeName): Promise<void> => {
    await kill(name, "SIGKILL");
    for (const pid of jobsOn(name)) signal(pid);
  };

  const stop = async (): Promise<void> => {
    for (const node of NODES) await killNode(node);
    await kill("slurmctld", "SIGKILL");
    await kill("munged", "SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    start("munged", "munged", [
      "--foreground",
      "--force",
      `--socket=${file("munge.socket")}`,
      `--key-file=${file("munge.key")}`,
      `--pid-file=${file("munged.pid")}`,
      `--seed-file=${file("munged.seed")}`,
      `--log-file=${file("munged.log")}`,
      "--num-threads=2",
    ]);
    await until(
      () =>
        spawnSync("munge", ["-n", "-S", file("munge.socket")], { env: { ...process.env, ...env } }).status ===
        0,
      "munge answers",
    );
    await startController();
    await Promise.all(NODES.map(startNode));
  } catch (error) {
    const told = logs();
    await stop();
    throw new Error(`no cluster: ${error instanceof Error ? error.message : String(error)}\n${told}`);
  }
  return {
    env,
    slurm,
    killNode,
    startNode,
    async restartController(meanwhile) {
      // Asked to end, it saves its jobs; killed within seconds of a submission it would forget them, and use their numbers again.
      await kill("slurmctld", "SIGTERM");
      await meanwhile?.();
      await startController();
    },
    logs,
    stop,
  };
}
