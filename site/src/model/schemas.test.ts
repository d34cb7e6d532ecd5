import { afterAll, expect, it } from "vitest";
import { openStore } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import { fixtureRecords, MARKUP } from "../../testing/fixture.ts";
import { atomFeed } from "./feed.ts";
import { boardFileSchema, runsFileSchema } from "./schemas.ts";
import { openSite } from "./site.ts";

const store = openStore(":memory:");
for (const record of fixtureRecords(() => ({ rank: 8 }))) ingest(store, record);
const site = openSite(
  store,
  { methods: new Map(), tasks: new Map() },
  { base: "/", origin: null, claims: [] },
);
afterAll(() => store.close());

const file = (name: string): unknown => JSON.parse(site.downloads.get(name)?.() ?? "null");

it("the files of runs and boards are what their schemas say, and the schemas are files of the site", () => {
  expect(runsFileSchema.safeParse(file("runs.json")).error?.issues ?? []).toEqual([]);
  for (const { slug } of site.boards)
    expect(boardFileSchema.safeParse(file(`boards/${slug}.json`)).error?.issues ?? [], slug).toEqual([]);
  for (const name of ["record", "runs", "board"])
    expect(file(`schema/${name}.json`)).toMatchObject({
      $schema: expect.stringContaining("json-schema.org"),
    });
});

it("the picture of a board is the same bytes whenever it is made", () => {
  const [first, second] = [site.picture("glue-sst2-small"), site.picture("glue-sst2-small")];
  expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
  expect(Buffer.from(site.picture(null)).equals(Buffer.from(first))).toBe(false);
});

it("profiles take only boards with ranked rows, best area first, and no row of few seeds", () => {
  const { boards, tables, ranks } = site.profiles();
  expect(boards.map(({ slug }) => slug).sort()).toEqual(["glue-rte-small", "glue-sst2-small"]);
  const [quality] = tables;
  const areas = quality?.profiles.map(({ shares }) => shares.reduce((sum, share) => sum + share, 0)) ?? [];
  expect(areas).toEqual([...areas].sort((a, b) => b - a));
  expect(
    quality?.profiles.every(({ shares }) =>
      shares.every((share, i) => i === 0 || share >= (shares[i - 1] ?? 0)),
    ),
  ).toBe(true);
  expect(ranks.map(({ method }) => method)).not.toContain("sora");
});

it("the feed's text is escaped, and control characters, which XML cannot hold, are left out", () => {
  const change = {
    day: "2026-03-01",
    newest: "2026-03-01T10:00:00.000Z",
    task: "t",
    scale: "small",
    method: "m",
    runs: 2,
    failed: 1,
    run: "0".repeat(16),
  };
  const text = atomFeed({
    base: "/b/",
    origin: "https://example.org",
    changes: [change],
    titleOf: () => `${MARKUP}\u0000\u0008`,
  });
  expect(text).not.toContain("<img");
  expect(text).toContain("&lt;img src=x");
  expect([...text].every((character) => character >= " " || "\n\t\r".includes(character))).toBe(true);
  expect(text).toContain(`href="https://example.org/b/runs/${"0".repeat(16)}/"`);
});
