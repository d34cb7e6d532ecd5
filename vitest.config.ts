import { defineConfig } from "vitest/config";

// Three kinds of test, told apart by file name; `scripts/test.ts` runs them all and adds up the counts.
const project = (name: string, include: string[], testTimeout: number) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: "forks" as const },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project("unit", ["{harness,methods,tasks,scripts,site}/**/*.test.ts"], 60_000),
      project("conformance", ["{harness,methods,tasks,scripts,site}/**/*.conformance.ts"], 180_000),
      project("e2e", ["{harness,methods,tasks,scripts,site}/**/*.e2e.ts"], 300_000),
    ],
  },
});
