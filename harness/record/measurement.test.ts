import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { listRecordFiles, recordPath, writeRecord } from "./file.ts";
import {
  aboveBaseline,
  measurementPath,
  parseMeasurement,
  readMeasurement,
  renderMeasurement,
  writeMeasurement,
} from "./measurement.ts";
import { sampleMeasurement, sampleRecord } from "./testing/records.ts";

const root = mkdtempSync(join(tmpdir(), "rankbench-measurement-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("the value is the median of the steps above the base line, which one disturbed step does not move", () => {
  expect(aboveBaseline(100, [150, 152, 900, 151, 149])).toBe(51);
  expect(aboveBaseline(100, [150, 154])).toBe(52);
  // A step that needs less than what a collection freed took nothing.
  expect(aboveBaseline(100, [90])).toBe(0);
});

test("a measurement stands beside its run's record, reads back the same, and is no record itself", async () => {
  const record = sampleRecord();
  const measurement = sampleMeasurement();
  expect(measurement.id).toBe(record.id);
  await writeRecord(root, record);
  const file = await writeMeasurement(root, measurement);
  expect(dirname(file)).toBe(dirname(recordPath(root, record)));
  expect(await readMeasurement(root, record, "memory")).toEqual(measurement);
  const records: string[] = [];
  for await (const each of listRecordFiles(root)) records.push(each.file);
  expect(records).toEqual([recordPath(root, record)]);
  await writeMeasurement(root, { ...measurement, command: "again" });
  expect((await readMeasurement(root, record, "memory"))?.command).toBe("again");
  expect(readdirSync(dirname(file))).toHaveLength(2);
});

test("a run that was not measured has no measurement", async () => {
  expect(await readMeasurement(root, sampleRecord({ identity: { seed: 41 } }), "memory")).toBeNull();
});

test("a file whose value is not that of its steps, or whose id is another run's, is refused by the field", () => {
  const measurement = sampleMeasurement();
  const text = renderMeasurement(measurement);
  expect(parseMeasurement(text, "f.json")).toEqual(measurement);
  const other = renderMeasurement({ ...measurement, value: measurement.value + 1 });
  expect(() => parseMeasurement(other, "f.json")).toThrow(/value is not what its steps give[\s\S]*value/);
  const moved = renderMeasurement({ ...measurement, id: "0123456789abcdef" });
  expect(() => parseMeasurement(moved, "f.json")).toThrow(/not the hash of the identity/);
  expect(() => parseMeasurement("{", "f.json")).toThrow(/not JSON/);
  expect(() => parseMeasurement(text.replace('"notes"', '"remarks"'), "f.json")).toThrow(/not a valid/);
});

test("a damaged file is an error that names it", async () => {
  const run = sampleRecord({ identity: { seed: 7 } });
  const file = measurementPath(root, run, "memory");
  writeFileSync(file, "nothing");
  await expect(readMeasurement(root, run, "memory")).rejects.toThrow(file);
  expect(readFileSync(file, "utf8")).toBe("nothing");
});
