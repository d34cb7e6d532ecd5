// `pnpm conformance:engine`: the test suite that ships inside @tensorflow/tfjs-core, against engine onnx and, as control,
// tfjs-cpu. Exit code 1 when a test that is not excluded fails, or less than 99.5 % of the selected tests pass.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ROOT } from "../root.ts";
import { EXCLUDED_FILES, EXCLUDED_TESTS } from "./exclusions.ts";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const coreFolder = dirname(require.resolve("@tensorflow/tfjs-core/package.json"));
const NEEDED_SHARE = 0.995;

interface Report {
  readonly specs: readonly { readonly name: string; readonly status: string; readonly message: string }[];
  readonly global: readonly string[];
}

/** Test files of the package, as paths below its dist folder. */
function testFiles(): string[] {
  const files = readdirSync(join(coreFolder, "dist"), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith("_test.js"))
    .sort();
  return files.filter((file) => !EXCLUDED_FILES.some(({ startsWith }) => file.startsWith(startsWith)));
}

async function bundleSuite(folder: string): Promise<string> {
  const outfile = join(folder, "suite.mjs");
  const jasmineCore = createRequire(require.resolve("jasmine")).resolve(
    "jasmine-core/lib/jasmine-core/jasmine.js",
  );
  const imports = testFiles().map((file) => `import ${JSON.stringify(join(coreFolder, "dist", file))};`);
  await build({
    stdin: {
      contents: [`import ${JSON.stringify(join(here, "setup.ts"))};`, ...imports].join("\n"),
      resolveDir: here,
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    // The packages declare their tests free of side effects: without this they would be dropped.
    ignoreAnnotations: true,
    external: ["onnxruntime-node"],
    alias: {
      "jasmine-core/lib/jasmine-core/jasmine.js": jasmineCore,
    },
    banner: {
      js: `import { createRequire as __cr } from "node:module"; const require = __cr(${JSON.stringify(join(ROOT, "package.json"))});`,
    },
    logLevel: "error",
  });
  return outfile;
}

function runSuite(engine: string, bundle: string, folder: string): Report {
  const out = join(folder, `${engine}.json`);
  const child = spawnSync(
    process.execPath,
    ["--import", "tsx", join(here, "jasmine-child.ts"), bundle, out],
    {
      cwd: ROOT,
      env: { ...process.env, CONFORMANCE_ENGINE: engine },
      stdio: ["ignore", process.env.CONFORMANCE_VERBOSE ? "inherit" : "ignore", "inherit"],
    },
  );
  if (child.status !== 0)
    throw new Error(`the suite on ${engine} ended with status ${child.status} ${child.signal ?? ""}`);
  return JSON.parse(readFileSync(out, "utf8")) as Report;
}

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly excluded: number;
  readonly failures: readonly string[];
}

function tally(report: Report, exclude: boolean): Tally {
  let passed = 0;
  let excluded = 0;
  const failures: string[] = report.global.map((message) => `(suite) ${message}`);
  const used = new Set<string>();
  for (const { name, status, message } of report.specs) {
    if (status === "excluded" || status === "pending") continue;
    const plain = name.replace(/ (onnx|cpu) \{\}/, "");
    const rule = exclude ? EXCLUDED_TESTS.find((test) => plain === test.name) : undefined;
    if (rule !== undefined) {
      used.add(rule.name);
      excluded++;
    } else if (status === "passed") passed++;
    else failures.push(`${name} :: ${message.replaceAll("\n", " ").slice(0, 220)}`);
  }
  if (exclude)
    for (const { name } of EXCLUDED_TESTS)
      if (!used.has(name)) failures.push(`(exclusion that matches no test) ${name}`);
  return { passed, failed: failures.length, excluded, failures };
}

// Inside node_modules, so that the bundle finds the native package it does not contain.
const cache = join(ROOT, "node_modules/.cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "conformance-"));
try {
  const started = performance.now();
  const bundle = await bundleSuite(folder);
  const line = (t: Tally) => `${t.passed} passed, ${t.failed} failed, ${t.excluded} excluded`;
  const control = tally(runSuite("tfjs-cpu", bundle, folder), false);
  const ours = tally(runSuite("onnx", bundle, folder), true);
  for (const failure of control.failures) console.log(`control: ${failure}`);
  for (const failure of ours.failures) console.log(`onnx: ${failure}`);
  console.log(`${testFiles().length} test files, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`control (tfjs-cpu): ${line(control)}`);
  const selected = ours.passed + ours.failed + ours.excluded;
  const share = ours.passed / selected;
  console.log(
    `${(100 * share).toFixed(2)} % of ${selected} selected tests pass on onnx (wanted: ${100 * NEEDED_SHARE} %)`,
  );
  if (ours.failed > 0 || share < NEEDED_SHARE) process.exitCode = 1;
  console.log(`tfjs suite: ${line(ours)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
