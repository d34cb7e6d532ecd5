import { parseHTML } from "linkedom";
import { afterAll, describe, expect, it } from "vitest";
import type { Method } from "#harness/method/contract.ts";
import { runId } from "#harness/record/identity.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import type { Task } from "#harness/task/contract.ts";
import { fixtureRecords, MARKUP } from "../../testing/fixture.ts";
import { markup } from "../draw/node.ts";
import { boardPlot } from "../lib/explore.ts";
import { rankGroups } from "../plots/profile.ts";
import type { Board } from "./board.ts";
import type { Checkout } from "./checkout.ts";
import { openSite, type Site } from "./site.ts";

const task = {
  id: "glue-sst2",
  title: "GLUE SST-2",
  description: "Sentiment.",
  version: 1,
  metrics: ["accuracy"],
  floor: { value: 0.821, what: "bag of words" },
  scales: {},
} as unknown as Task;

const CHECKOUT: Checkout = {
  methods: new Map([["lora", { id: "lora", title: "LoRA", kind: "adapter" } as unknown as Method]]),
  tasks: new Map([["glue-sst2", task]]),
};

const stores: Store[] = [];
afterAll(() => {
  for (const store of stores) store.close();
});

interface Opened {
  readonly site: Site;
  readonly store: Store;
}

function open(records: readonly RunRecord[]): Opened {
  const store = openStore(":memory:");
  stores.push(store);
  for (const record of records) ingest(store, record);
  return { site: openSite(store, CHECKOUT, { base: "/", origin: null, claims: [] }), store };
}

let shared: Opened | undefined;

/** The site of the fixture, or of other records. Tests only read it. */
function siteOf(records?: readonly RunRecord[]): Opened {
  if (records !== undefined) return open(records);
  shared ??= open(fixtureRecords(() => ({ rank: 8 })));
  return shared;
}

const rowsOf = (board: Board, method: string) => board.rows.filter((row) => row.method === method);

describe("a board", () => {
  it("shows the means that an independent query of the database gives", () => {
    const { site, store } = siteOf();
    const board = site.board("glue-sst2-small");
    const found = store.sqlite
      .prepare<[], { method: string; config: string; metric: string; mean: number; n: number }>(
        `select r.method, r.config_hash as config, m.metric, avg(m.value) as mean, count(m.value) as n
         from runs r join metrics m on m.run = r.key
         where r.task = 'glue-sst2' and r.scale = 'small' and r.spec = 'cpu-2core' and r.data = 'sst2:0f3a'
           and r.state = 'ok' and m.split = 'test' and m.value is not null
         group by r.method, r.config_hash, m.metric`,
      )
      .all();
    let compared = 0;
    for (const row of board.rows) {
      for (const cell of row.cells.filter(({ value }) => value !== null)) {
        const same = found.find(
          (each) => `${each.method}-${each.config.slice(0, 8)}` === row.id && each.metric === cell.metric,
        );
        expect((cell.value ?? 0) / (same?.mean ?? Number.NaN)).toBeCloseTo(1, 12);
        expect(cell.n).toBe(same?.n);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(130);
    expect(board.runs).toBe(
      store.sqlite
        .prepare(
          "select count(*) from runs where task = 'glue-sst2' and spec = 'cpu-2core' and data = 'sst2:0f3a'",
        )
        .pluck()
        .get(),
    );
  });

  it("stands best first, ranks only rows of three seeds and more, and shares ranks that the seeds cannot split", () => {
    const board = siteOf().site.board("glue-sst2-small");
    const values = board.rows.flatMap(({ cells }) => (cells[0]?.value == null ? [] : [cells[0].value]));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    for (const row of board.rows) expect(row.rank !== null).toBe((row.cells[0]?.n ?? 0) >= 3);
    const best = board.rows.filter(({ rank }) => rank === 1);
    expect(best.length).toBeGreaterThan(1);
    expect(best.every(({ shared }) => shared)).toBe(true);
    expect(rowsOf(board, "linear-probe")[0]?.rank).toBeGreaterThan(10);
  });

  it("keeps failures as rows with their outcomes, and marks rows of few seeds, of busy machines and without a value", () => {
    const board = siteOf().site.board("glue-sst2-small");
    const failed = rowsOf(board, "maestro")[0];
    expect(failed?.failures.map(({ state }) => state)).toEqual([
      "diverged",
      "out-of-memory",
      "timeout",
      "crashed",
      "unsupported",
    ]);
    expect([failed?.n, failed?.rank, failed?.cells[0]?.text]).toEqual([0, null, "–"]);
    expect(rowsOf(board, "lora").find(({ n }) => n === 5)?.flags).toEqual(["incomplete"]);
    expect(rowsOf(board, "sora")[0]?.flags).toEqual(["provisional"]);
    expect(rowsOf(board, "vera")[0]?.flags).toEqual(["contended"]);
    const undefinedRow = rowsOf(board, "svfit")[0];
    expect([undefinedRow?.cells[0]?.text, undefinedRow?.cells[0]?.reasons, undefinedRow?.rank]).toEqual([
      "undefined",
      ["one class"],
      null,
    ]);
  });

  it("draws its fronts with ranked rows only, and on latency without those timed on a busy machine", () => {
    const board = siteOf().site.board("glue-sst2-small");
    const members = (axis: string) => {
      const front = board.fronts.find((each) => each.axis === axis);
      return board.rows.filter(({ id }) => front?.members.includes(id)).map(({ method }) => method);
    };
    // Cheapest of all is on each front; nothing beats the best quality.
    expect(members("deployed-bytes")).toContain("quantize-rtn");
    expect(members("parameters-trainable")).toContain("linear-probe");
    expect(members("memory-logical-peak")).toContain("linear-probe");
    expect(members("latency-1-p50")).toContain("lowrank");
    for (const { axis } of board.fronts) {
      expect(members(axis)).toContain(board.rows[0]?.method);
      expect(members(axis)).not.toContain("sora");
    }
    expect(members("latency-1-p50")).not.toContain("vera");
  });

  it("tells configurations of one method apart by what differs", () => {
    const board = siteOf().site.board("glue-sst2-small");
    expect(
      rowsOf(board, "lora")
        .map(({ label }) => label)
        .sort(),
    ).toEqual(["lora rank=16", "lora rank=8"]);
  });
});

describe("the boards of a task and scale", () => {
  it("are one a cohort: the current one is no sample and on a known machine, and the others rank nothing", () => {
    const { site } = siteOf();
    const boards = site.boards.filter((board) => board.task === "glue-sst2");
    expect(boards.map(({ flags }) => flags)).toEqual([[], ["off-spec"], ["sample"]]);
    expect(boards.map(({ slug }) => /^glue-sst2-small(-[0-9a-f]{8})?$/.test(slug))).toEqual([
      true,
      true,
      true,
    ]);
    for (const { slug } of boards.slice(1))
      expect(site.board(slug).rows.map(({ rank }) => rank)).toEqual([null]);
    expect(site.board(boards[2]?.slug ?? "").fronts).toEqual([]);
  });

  it("of a task that this checkout does not have are judged by the quality that their runs have", () => {
    const { site } = siteOf();
    expect(site.board("glue-rte-small").quality).toBe("accuracy");
    expect(site.board("glue-rte-small").title).toBe("glue-rte, small");
  });
});

describe("the files of a site", () => {
  it("hold every run once, and a metric without a value as an empty cell", () => {
    const { site, store } = siteOf();
    const lines = (site.downloads.get("runs.csv")?.() ?? "").split("\r\n");
    const header = (lines[0] ?? "").split(",");
    const count = store.sqlite.prepare("select count(*) from runs").pluck().get() as number;
    const runs = JSON.parse(site.downloads.get("runs.json")?.() ?? "[]") as {
      id: string;
      metrics: Record<string, object>;
    }[];
    expect(runs.length).toBe(count);
    expect(header).toContain("deployed-bytes (bytes)");
    expect(runs.filter(({ metrics }) => "undefined" in (metrics.accuracy ?? {})).length).toBe(1);
    expect(lines.filter((line) => /^[0-9a-f]{16},/.test(line)).length).toBe(count);
  });
});

describe("a plot of a board", () => {
  const svgOf = (site: Site, x: string, xScale: "log" | "linear") => {
    const plot = boardPlot(site.data("glue-sst2-small"), {
      x,
      y: "accuracy",
      xScale,
      yScale: "linear",
      size: { width: 560, height: 380 },
      link: (row) => `#${row.id}`,
    });
    return plot === null ? "" : markup(plot.node);
  };

  it("has a point for each row that names it, leads to it and shows its method by colour and shape", () => {
    const svg = svgOf(siteOf().site, "parameters-trainable", "log");
    const board = siteOf().site.board("glue-sst2-small");
    const placed = board.rows.filter(({ cells }) => cells[0]?.value != null);
    const looks = new Map<string, Set<string>>();
    for (const { id, method, label } of placed) {
      const start = svg.indexOf(`data-row="${id}"`);
      const point = svg.slice(svg.lastIndexOf("<a ", start), svg.indexOf("</a>", start));
      expect(point).toContain(`href="#${id}"`);
      expect(point).toContain(`aria-label="${label}: Accuracy `);
      const colour = /series-\d/.exec(point)?.[0];
      const shape = [...point.matchAll(/ d="(M[^"]*Z)"/g)].map(([, d]) => d)[0];
      looks.set(method, (looks.get(method) ?? new Set()).add(`${colour} ${shape}`));
    }
    expect([...looks.values()].every((each) => each.size === 1)).toBe(true);
    expect(new Set([...looks.values()].map((each) => [...each][0])).size).toBe(looks.size);
  });

  it("puts points where a logarithm of their own puts them", () => {
    const svg = svgOf(siteOf().site, "parameters-trainable", "log");
    const board = siteOf().site.board("glue-sst2-small");
    const x = (method: string) => {
      const id = rowsOf(board, method)[0]?.id;
      const point = svg.slice(svg.indexOf(`data-row="${id}"`));
      return Number(/translate\(([\d.]+),/.exec(point)?.[1]);
    };
    // 1,026, 9,218 and 6,976,770 trainable numbers.
    const share = (x("bitfit") - x("linear-probe")) / (x("full-finetune") - x("linear-probe"));
    expect(share).toBeCloseTo(Math.log(9218 / 1026) / Math.log(6_976_770 / 1026), 2);
  });

  it("holds no style, and names of records only as text", () => {
    const records = fixtureRecords(() => ({ rank: 8 }));
    const seed = records.find(({ identity }) => identity.method === "gone-method");
    if (seed === undefined) throw new Error("no such method in the fixture");
    const identity = { ...seed.identity, config: { note: `${MARKUP} again` } };
    const { site } = siteOf([...records, { ...seed, id: runId(identity), identity }]);
    const svg = svgOf(site, "deployed-bytes", "linear");
    expect(svg).toContain("gone-method note=&lt;img src=x");
    expect(svg).not.toMatch(/NaN|undefined/);
    const { document } = parseHTML(`<html><body>${svg}</body></html>`);
    expect(document.querySelectorAll("img, script, style, [style], [onerror]").length).toBe(0);
  });
});

describe("the rank groups of a board", () => {
  it("have brackets that do not cross, even where a lower mean has the better rank", () => {
    const board = siteOf().site.board("glue-sst2-small");
    const ranked = board.rows.filter(({ rank }) => rank !== null);
    const rows = ranked.map((row, i) => ({ ...row, rank: 1 + (i % 3) }));
    const svg = rankGroups({ ...board, rows }, "share", "Accuracy") ?? "";
    const spans = [...svg.matchAll(/<path d="M582,([\d.]+)h5V([\d.]+)h-5"/g)].map(([, top, bottom]) => ({
      top: Number(top),
      bottom: Number(bottom),
    }));
    expect(spans.length).toBe(3);
    for (const [i, { top, bottom }] of spans.entries()) {
      expect(bottom).toBeGreaterThan(top);
      expect(top).toBeGreaterThan(spans[i - 1]?.bottom ?? 0);
    }
  });
});
