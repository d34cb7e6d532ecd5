// Runs one bundle of the suite in this process and writes what happened as JSON. Started by run.ts only.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

interface SpecResult {
  readonly status: string;
  readonly fullName: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

interface Jasmine {
  loadConfig(config: object): void;
  addSpecFile(path: string): void;
  clearReporters(): void;
  addReporter(reporter: object): void;
  exitOnCompletion: boolean;
  execute(): Promise<unknown>;
}

const [bundle, out] = process.argv.slice(2);
if (bundle === undefined || out === undefined) throw new Error("usage: jasmine-child.ts BUNDLE OUT");

const JasmineClass = createRequire(import.meta.url)("jasmine") as new () => Jasmine;
const jasmine = new JasmineClass();
jasmine.loadConfig({ spec_dir: ".", random: false });
jasmine.addSpecFile(bundle);
jasmine.clearReporters();
jasmine.exitOnCompletion = false;
const specs: { name: string; status: string; message: string }[] = [];
const global: string[] = [];
jasmine.addReporter({
  specDone({ status, fullName, failedExpectations }: SpecResult) {
    const message = failedExpectations.map((failure) => failure.message).join(" | ");
    specs.push({ name: fullName, status, message });
  },
  suiteDone({ fullName, failedExpectations }: SpecResult) {
    for (const { message } of failedExpectations) global.push(`${fullName}: ${message}`);
  },
  jasmineDone({ failedExpectations }: SpecResult) {
    for (const { message } of failedExpectations) global.push(message);
  },
});
await jasmine.execute();
writeFileSync(out, JSON.stringify({ specs, global }));
