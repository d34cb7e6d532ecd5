// Loaded before `bench` in the fault campaign (node --import): counts what the process does to its files and to its
// database, and at one of these operations kills the process, lets the operation fail, or moves the clock.
// RANKBENCH_INTRUDER holds, as JSON: `trace`, a file for the names of all operations; `of`, which kind is counted (`file`,
// `sql`); `at`, the operation's number; `how`: kill `before`, `half`-way or `after`, or an error code; `jumps`: pairs of
// milliseconds since the start and milliseconds by which the clock is set on or back then.
import fs from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const order = JSON.parse(process.env.RANKBENCH_INTRUDER ?? "{}");
const note = fs.appendFileSync;
const write = fs.writeFileSync;
const counts = { file: 0, sql: 0 };

/** Only the project's own results and claims count: Node and tsx write files too. */
const ours = (path) => /[/\\](results[/\\]runs|\.rankbench)([/\\]|$)/.test(String(path));

function die() {
  process.kill(process.pid, "SIGKILL");
  // Nothing may run on until the signal is there.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** By how much the clock has jumped so far. */
function offset() {
  const since = performance.now();
  return (order.jumps ?? []).reduce((sum, [after, by]) => (since >= after ? sum + by : sum), 0);
}
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...words) {
    super(...(words.length === 0 ? [Real.now() + offset()] : words));
  }
  static now() {
    return Real.now() + offset();
  }
};

const failure = (code, name) =>
  code.startsWith("SQLITE_")
    ? new SqliteError(`injected ${code}`, code)
    : Object.assign(new Error(`${code}: injected, ${name}`), { code, errno: -1, syscall: name });

/** Does one counted operation, or what is to happen in its place. `half` is what a killed write has left. */
function pass(of, name, act, half = () => undefined) {
  counts[of]++;
  if (order.trace !== undefined) note(order.trace, `${of} ${name}\n`);
  if (order.of !== of || order.at !== counts[of]) return act();
  // Tells the campaign that the fault took place, where the process cannot any more.
  if (order.mark !== undefined) write(order.mark, name);
  if (order.how === "before") die();
  if (order.how === "half") {
    half();
    die();
  }
  if (order.how !== "after") {
    half();
    throw failure(order.how, name);
  }
  const result = act();
  if (result instanceof Promise) return result.then(die);
  return die();
}

const halfOf = (content) => String(content).slice(0, Math.floor(String(content).length / 2));

for (const name of ["writeFileSync", "linkSync", "renameSync", "rmSync", "mkdirSync"]) {
  const real = fs[name];
  fs[name] = (path, ...rest) => {
    if (!ours(path)) return real(path, ...rest);
    const half = name === "writeFileSync" ? () => real(path, halfOf(rest[0]), ...rest.slice(1)) : undefined;
    return pass("file", name, () => real(path, ...rest), half);
  };
}
for (const name of ["link", "rename", "rm", "mkdir"]) {
  const real = fs.promises[name];
  fs.promises[name] = async (path, ...rest) =>
    ours(path) ? pass("file", name, () => real(path, ...rest)) : real(path, ...rest);
}
const open = fs.promises.open;
fs.promises.open = async (path, flags, ...rest) => {
  if (!ours(path) || flags !== "w") return open(path, flags, ...rest);
  const handle = await pass("file", "open", () => open(path, flags, ...rest));
  for (const name of ["writeFile", "sync", "close"]) {
    const real = handle[name].bind(handle);
    const half =
      name === "writeFile" ? (content) => fs.writeSync(handle.fd, halfOf(content)) : () => undefined;
    handle[name] = async (...words) =>
      pass(
        "file",
        name,
        () => real(...words),
        () => half(...words),
      );
  }
  return handle;
};
syncBuiltinESMExports();

const Database = createRequire(join(process.cwd(), "package.json"))("better-sqlite3");
const { SqliteError } = Database;
const memory = new Database(":memory:");
const { prototype } = Object.getPrototypeOf(memory.prepare("select 1")).constructor;
const run = prototype.run;
prototype.run = function (...words) {
  return pass("sql", this.source.slice(0, 40).replaceAll("\n", " "), () => run.apply(this, words));
};
const exec = Database.prototype.exec;
Database.prototype.exec = function (text) {
  return pass("sql", text.slice(0, 40).replaceAll("\n", " "), () => exec.call(this, text));
};
memory.close();
