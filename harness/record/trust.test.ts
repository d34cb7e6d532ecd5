import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordPath, writeRecord } from "./file.ts";
import { hashOf } from "./identity.ts";
import { sampleRecord } from "./testing/records.ts";
import { readTrust, writeAuthorMark, writeRunMark } from "./trust.ts";

const AT = { spec: "cpu-2core", commit: "c0ffee", at: "2030-01-01T00:00:00.000Z" };

describe("trust marks", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "rankbench-trust-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("say self-reported of a run without one, and of several runs the least", async () => {
    const [first, second] = [
      sampleRecord({ identity: { seed: 0 } }),
      sampleRecord({ identity: { seed: 1 } }),
    ];
    for (const record of [first, second]) await writeRecord(root, record);
    expect((await readTrust(root)).leastOf([first.id, second.id])).toBe("self-reported");
    await writeRunMark(root, first, { level: "verified", ...AT });
    await writeRunMark(root, second, { level: "re-run", ...AT });
    const trust = await readTrust(root);
    expect([trust.levelOf(first.id), trust.levelOf(second.id), trust.levelOf("0".repeat(16))]).toEqual([
      "verified",
      "re-run",
      "self-reported",
    ]);
    expect(trust.leastOf([first.id, second.id])).toBe("re-run");
  });

  it("hold for the very bytes of a record, and rise but never fall", async () => {
    const record = sampleRecord({ identity: { seed: 0 } });
    await writeRecord(root, record);
    await writeRunMark(root, record, { level: "verified", ...AT });
    const mark = await writeRunMark(root, record, { level: "re-run", ...AT });
    expect((await readTrust(root)).levelOf(record.id)).toBe("verified");
    const file = recordPath(root, record);
    const { record: marked } = JSON.parse(readFileSync(mark, "utf8")) as { readonly record: string };
    expect(marked).toBe(createHash("sha256").update(readFileSync(file)).digest("hex"));
    writeFileSync(file, `${readFileSync(file, "utf8")} `);
    expect((await readTrust(root)).levelOf(record.id)).toBe("self-reported");
  });

  it("name the author who has looked at a configuration", async () => {
    const { identity } = sampleRecord({ identity: { seed: 0 } });
    const said = { by: "E. Hu", where: "https://example.org/thread/1", at: AT.at };
    await writeAuthorMark(root, identity, said);
    const arm = { task: identity.task, method: identity.method, config: hashOf(identity.config) };
    const trust = await readTrust(root);
    expect(trust.authorOf(arm)).toMatchObject(said);
    expect(trust.authorOf({ ...arm, config: hashOf({ rank: 999 }) })).toBeNull();
    await expect(
      writeAuthorMark(root, identity, { ...said, where: "javascript:alert(1)" }),
    ).rejects.toThrow();
  });

  it("refuse a file that is no mark, by its name", async () => {
    const record = sampleRecord({ identity: { seed: 0 } });
    await writeRecord(root, record);
    const file = await writeRunMark(root, record, { level: "verified", ...AT });
    writeFileSync(file, readFileSync(file, "utf8").replace('"verified"', '"blessed"'));
    await expect(readTrust(root)).rejects.toThrow(/trust mark .*level/s);
  });
});
