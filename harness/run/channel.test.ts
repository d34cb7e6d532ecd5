// What a worker says of an error: a refusal that a user can act on, or a crash.
import { expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { failureEvent } from "./channel.ts";

const thrown = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test("a package that is not installed, or a native part that does not load, is a refusal of the engine and no crash", async () => {
  // The error of this very Node.
  const name = "rankbench-no-such-package";
  const missing = await import(name).catch((error: unknown) =>
    thrown("ERR_MODULE_NOT_FOUND", `Cannot find package '${name}' imported from x (${String(error).length})`),
  );
  expect(failureEvent(missing)).toMatchObject({
    kind: "refused",
    reason: "engine",
    message: expect.stringMatching(/package rankbench-no-such-package[\s\S]*pnpm@10 install/),
  });
  for (const [code, text] of [
    ["ERR_DLOPEN_FAILED", "libfoo.so.1: cannot open shared object file: /x/onnxruntime_binding.node"],
    ["MODULE_NOT_FOUND", "Cannot find module '../bin/napi-v6/linux/x64/onnxruntime_binding.node'"],
  ] as const) {
    expect(failureEvent(thrown(code, text))).toMatchObject({
      kind: "refused",
      reason: "engine",
      message: expect.stringContaining("onnxruntime_binding.node"),
    });
  }
});

test("a module of a method's own that is not there stays a crash, and a typed error keeps its reason", () => {
  const own = thrown(
    "ERR_MODULE_NOT_FOUND",
    "Cannot find module '/x/methods/y/gone.ts' imported from /x/methods/y/method.ts",
  );
  expect(failureEvent(own)).toMatchObject({ kind: "crashed", message: expect.stringContaining("gone.ts") });
  const typed = new RankbenchError({ reason: "data", problem: "no data" });
  expect(failureEvent(typed)).toEqual({ kind: "refused", reason: "data", message: "no data" });
  expect(failureEvent(new RankbenchError({ reason: "internal", problem: "ours" }))).toMatchObject({
    kind: "crashed",
  });
});
