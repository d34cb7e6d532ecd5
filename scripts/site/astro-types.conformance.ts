import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "#harness/data/folders.ts";
import { astroTypeErrors } from "./astro-types.ts";

it("pages and components use names, properties and types that are there", async () => {
  expect(await astroTypeErrors(join(projectRoot(), "site", "src"))).toEqual([]);
});

it("a page that uses an unknown name or a wrong property is told by file and place", async () => {
  // Inside the checkout, so that astro's own types are found from there.
  mkdirSync(join(projectRoot(), ".rankbench"), { recursive: true });
  const folder = mkdtempSync(join(projectRoot(), ".rankbench", "astro-types-"));
  writeFileSync(
    join(folder, "Card.astro"),
    "---\ninterface Props {\n  size: number;\n}\nconst { size } = Astro.props;\n---\n<p>{size}</p>\n",
  );
  writeFileSync(
    join(folder, "Home.astro"),
    '---\nimport Card from "./Card.astro";\n---\n<Card size="big" />\n<p>{nobody}</p>\n',
  );
  const errors = await astroTypeErrors(folder);
  rmSync(folder, { recursive: true });
  expect(errors.length).toBe(2);
  expect(errors.join("\n")).toMatch(/Home\.astro: .*'string' is not assignable to type 'number'/);
  expect(errors.join("\n")).toMatch(/Home\.astro: Cannot find name 'nobody'/);
});
