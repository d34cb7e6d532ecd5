import { readdirSync, readFileSync } from "node:fs";
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from "drizzle-kit/api";
import { expect, test } from "vitest";
import * as schema from "./schema.ts";

test("the migrations end where schema.ts stands: drizzle-kit finds nothing left to change", async () => {
  const meta = new URL("./migrations/meta/", import.meta.url);
  const last = readdirSync(meta)
    .filter((name) => name.endsWith("_snapshot.json"))
    .sort()
    .at(-1);
  const before = JSON.parse(readFileSync(new URL(last ?? "", meta), "utf8"));
  const now = await generateSQLiteDrizzleJson(schema, before.id);
  expect(await generateSQLiteMigration(before, now)).toEqual([]);
  // The same comparison sees a table that is gone.
  const { notes: _, ...without } = schema;
  const less = await generateSQLiteDrizzleJson(without, before.id);
  expect(await generateSQLiteMigration(before, less)).toEqual(["DROP TABLE `notes`;"]);
});
