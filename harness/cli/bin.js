#!/usr/bin/env node
// Entry of `bench` in plain JavaScript: what must be checked before anything else can load is checked here, by one
// clear message each: the Node version, the installed packages, the database's native part. No syntax of Node 20 here.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const USAGE = 2;
const STORAGE = 6;
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** True when `version` (1.2.3) is in `range`: `^a.b.c` and `>=a.b.c` joined by `||`. */
function satisfies(version, range) {
  const numbers = (text) => text.split(".").map(Number);
  const have = numbers(version);
  return range.split("||").some((part) => {
    const match = /^\s*(\^|>=)(\d+\.\d+\.\d+)\s*$/.exec(part);
    if (match === null) return false;
    const want = numbers(match[2]);
    if (match[1] === "^" && have[0] !== want[0]) return false;
    for (let i = 0; i < 3; i++) if (have[i] !== want[i]) return have[i] > want[i];
    return true;
  });
}

function stop(code, message) {
  console.error(message);
  process.exit(code);
}

function packageFolder(name) {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

function checkInstallation(words) {
  let sqlite;
  try {
    packageFolder("tsx");
    sqlite = packageFolder("better-sqlite3");
  } catch (_) {
    stop(USAGE, "error: the packages of Rankbench are not installed\n  next:   npx -y pnpm@10 install");
  }
  // Help must work in any state of the installation.
  const helps = ["--help", "-h", "help", "--version", "exit-codes"];
  if (words.length === 0 || words.some((word) => helps.includes(word))) return;
  const places = ["build/Release", "build/Debug", "build"].map((place) =>
    join(sqlite, place, "better_sqlite3.node"),
  );
  if (!places.some((place) => existsSync(place))) {
    stop(
      STORAGE,
      "error: package better-sqlite3: its native part is not built (installed with --ignore-scripts?)\n" +
        "  next:   npx -y pnpm@10 rebuild better-sqlite3",
    );
  }
}

const version = process.versions.node.split("-")[0];
if (!satisfies(version, manifest.engines.node)) {
  stop(USAGE, `error: Node.js ${version} is not supported; wanted: ${manifest.engines.node}`);
}
checkInstallation(process.argv.slice(2));
const { register } = await import("tsx/esm/api");
register();
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
