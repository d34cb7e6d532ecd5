// The five journeys of the site's readers, each from the page where it starts to what it is for.
import { parseHTML } from "linkedom";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { BuiltSite, Visits } from "./browser.ts";

export const BOARD = "boards/glue-sst2-small/";

/** Id of a method's row on the fixture's board, where it has one configuration. */
export function rowOf(site: BuiltSite, method: string): string {
  const { document } = parseHTML(site.html(`${BOARD}index.html`));
  const row = [...document.querySelectorAll("[data-board] tbody tr")].find((line) =>
    new RegExp(`^${method}-[0-9a-f]{8}$`).test(line.id),
  );
  return row?.id ?? "";
}

const state = async (page: Page) => ({
  rows: (await page.evaluate(
    "[...document.querySelectorAll('[data-board] tbody tr:not([hidden]):not([data-floor])')].map((row) => row.id)",
  )) as string[],
  points: (await page.evaluate(
    "[...document.querySelectorAll('[data-explorer] .point:not(.away)')].map((point) => point.dataset.row).sort()",
  )) as string[],
  axis: await page.locator("[data-explorer] .plot text.title").first().textContent(),
});

/** Tests of a site that is built and a browser that runs by the time they start. */
export function describeJourneys(read: () => { readonly site: BuiltSite; readonly browser: Visits }): void {
  describe("journey: choose by budget", () => {
    it("a family, a cost and a limit give the best row within it; the address holds the wish", async () => {
      await read().browser.open("", {}, async (page, complaints) => {
        const sst = page.locator("[data-picks] article", { hasText: "GLUE SST-2" });
        const best = sst.locator("tbody tr").first();
        expect(await best.textContent()).toContain("best mean quality");
        await page.locator("input[name=limit]").fill("10 MiB");
        await page.locator("input[name=limit]").blur();
        await page.getByText("1 of").first().waitFor();
        expect(await best.textContent()).toMatch(/^\s*quantize-rtn.*7\.40 MiB.*best mean quality/);
        expect(new URL(page.url()).search).toBe("?limit=10%20MiB");
        const address = page.url().slice(read().browser.address.length);
        await page.goBack();
        expect(await best.textContent()).not.toContain("quantize-rtn");
        await read().browser.open(address, {}, async (other) => {
          await other.getByText("at most 10 MiB").waitFor();
          expect(await other.locator("input[name=limit]").inputValue()).toBe("10 MiB");
        });
        await page.locator("input[name=limit]").fill("5 parsecs");
        await page.locator("input[name=limit]").blur();
        expect(await page.locator("input[name=limit]").getAttribute("aria-invalid")).toBe("true");
        expect(complaints).toEqual([]);
      });
      await read().browser.open("?family=nonsense&cost=pi&limit=x", {}, async (page) =>
        expect(new URL(page.url()).search).toBe(""),
      );
      await read().browser.open("", { javaScriptEnabled: false }, async (page) => {
        expect(await page.locator("[data-picks] tbody tr").count()).toBeGreaterThan(3);
        expect(await page.locator("button:visible, input:visible, select:visible").count()).toBe(0);
      });
    });
  });

  describe("journey: read a board and cite the view", () => {
    it("keeps a view in the address: it can be sent, survives a reload, and Back undoes it", async () => {
      await read().browser.open(BOARD, {}, async (page) => {
        const before = await state(page);
        for (const kind of ["baseline", "compression", "optimizer", "parametrisation", "unknown"]) {
          const box = page.locator(`input[value="${kind}"][name=kind]`);
          if ((await box.count()) > 0) await box.uncheck();
        }
        const adapters = await state(page);
        await page.locator('th[data-column="deployed-bytes"] button').click();
        await page.locator('th[data-column="parameters-trainable"] button').click();
        await page.locator("select[name=x]").selectOption("parameters-trainable");
        await page.getByText("Trainable parameters, lower is better").first().waitFor();
        await page.locator("select[name=xscale]").selectOption("log");
        await page.locator("[data-explorer] .plot").getByText("log scale").waitFor();
        const chosen = await state(page);
        expect(new URL(page.url()).search).toBe(
          "?sort=parameters-trainable&kind=adapter&x=parameters-trainable&xscale=log",
        );
        expect(chosen.rows[0]).toMatch(/^vera-/);
        expect(chosen.rows.every((id) => /^(lora|dora|vera|bitfit|sora|svfit)-/.test(id))).toBe(true);
        expect(chosen.points.length).toBeLessThan(before.points.length);
        expect(chosen.axis).toContain("Trainable parameters");
        expect(await page.locator("[data-count]").textContent()).toMatch(
          /^\d+ of \d+ rows shown, \d+ hidden$/,
        );
        const address = page.url().slice(read().browser.address.length);
        await read().browser.open(address, {}, async (other) => {
          await other.locator("[data-explorer] .plot").getByText("log scale").waitFor();
          expect(await state(other)).toEqual(chosen);
        });
        await page.reload();
        await page.locator("[data-explorer] .plot").getByText("log scale").waitFor();
        expect(await state(page)).toEqual(chosen);
        for (let step = 0; step < 4; step++) await page.goBack();
        await page.locator("[data-explorer] .plot .title", { hasText: "Deployed size" }).waitFor();
        expect(await state(page)).toEqual(adapters);
      });
    });

    it("copies the view in four forms, hidden rows left out and counted, its address inside", async () => {
      await read().browser.open(`${BOARD}?kind=compression`, {}, async (page) => {
        for (const [format, sign] of [
          ["CSV", "rank,method,settings"],
          ["Markdown", "| rank | method |"],
          ["LaTeX", "\\begin{tabular}"],
          ["BibTeX", "@misc{rankbench-glue-sst2-small"],
        ] as const) {
          await page.locator(`[data-copy=${format}]`).click();
          await page.locator(".copies output", { hasText: format }).waitFor();
          const text = await page.locator(".copies textarea").inputValue();
          expect(text).toContain(sign);
          expect(text.includes("galore") && format !== "BibTeX", format).toBe(false);
          if (format !== "CSV") expect(text).toContain("?kind=compression");
        }
      });
    });

    it("drops nonsense from the address; unticking all says why nothing is there and offers the way back", async () => {
      const query = "?sort=nonsense&xscale=cubic&x=pi&kind=adapter";
      await read().browser.open(`${BOARD}${query}`, {}, async (page, complaints) => {
        expect(new URL(page.url()).search).toBe("?kind=adapter");
        expect((await state(page)).rows.length).toBeGreaterThan(3);
        await page.locator("[data-tick=none]").click();
        expect((await state(page)).rows).toEqual([]);
        await page.locator("[data-empty] [data-reset]").click();
        expect((await state(page)).rows.length).toBeGreaterThan(12);
        expect(new URL(page.url()).search).toBe("");
        await page.locator("input[name=size]").fill("15 MiB");
        await page.locator("input[name=size]").blur();
        expect((await state(page)).rows.map((id) => id.replace(/-[0-9a-f]{8}$/, ""))).toEqual([
          "quantize-rtn",
          "svd",
          "lowrank",
        ]);
        expect(complaints).toEqual([]);
      });
    });

    it("reads without JavaScript: all rows and plots, no dead controls", async () => {
      await read().browser.open(BOARD, { javaScriptEnabled: false }, async (page) => {
        expect(await page.locator("[data-board] tbody tr").count()).toBeGreaterThan(15);
        expect(await page.locator("figure svg:visible").count()).toBe(5);
        expect(
          await page.locator("button:visible, input:visible, select:visible, textarea:visible").count(),
        ).toBe(0);
      });
    });

    it("is used by keyboard: skip link, sorting by Enter, points that tell their numbers and lead to a run", async () => {
      await read().browser.open(BOARD, {}, async (page) => {
        await page.keyboard.press("Tab");
        expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
        await page.locator('th[data-column="deployed-bytes"] button').focus();
        await page.keyboard.press("Enter");
        expect(await page.locator('th[data-column="deployed-bytes"]').getAttribute("aria-sort")).toBe(
          "ascending",
        );
        const point = page.locator("[data-explorer] .point:visible").first();
        await point.focus();
        expect(await point.getAttribute("aria-label")).toMatch(/: Accuracy \d+\.\d % .*n = \d/);
        await page.locator("[data-detail] a", { hasText: "row in the table" }).waitFor();
        await page.keyboard.press("Enter");
        await page.waitForURL(/\/runs\/[0-9a-f]{16}\/$/);
      });
    });
  });

  describe("journey: find why a run failed", () => {
    it("leads from a board's failed row to the run's page with outcome, place, curve and command", async () => {
      await read().browser.open(BOARD, {}, async (page, complaints) => {
        await page
          .locator("tr", { hasText: "1 crashed" })
          .getByRole("link", { name: /seed 5: crashed/ })
          .click();
        await page.waitForURL(/\/runs\//);
        expect(await page.locator(".warning").textContent()).toMatch(
          /^Crashed at step 12 of stage "train" \(SIGSEGV\)/,
        );
        expect(await page.locator("figure svg").count()).toBe(2);
        expect(await page.locator("pre").first().textContent()).toContain("pnpm bench --method lora");
        expect(await page.getByText("same machine and software as most runs").count()).toBe(1);
        expect(complaints).toEqual([]);
      });
    });
  });

  describe("journey: compare two methods", () => {
    it("ticks two rows, and gets paired intervals, settings that differ, and curves laid over each other", async () => {
      await read().browser.open(BOARD, {}, async (page, complaints) => {
        await page.locator(`#${rowOf(read().site, "galore")} .compare-box`).check();
        expect(await page.locator("[data-compare] a").isVisible()).toBe(false);
        await page.locator(`#${rowOf(read().site, "svd")} .compare-box`).check();
        await page.locator("[data-compare] a").click();
        await page.waitForURL(/compare/);
        const quality = page.locator("[data-result] table").first();
        await quality.waitFor();
        expect(await quality.textContent()).toMatch(
          /svd less galore.*-1\.\d points \[-\d\.\d, -\d\.\d\]galore is better/s,
        );
        expect(await page.locator("[data-result] caption", { hasText: "What differs" }).count()).toBe(1);
        await page.locator("[data-result] figure svg").first().waitFor();
        expect(await page.locator("[data-result] .line.side-1").count()).toBeGreaterThan(4);
        expect(new URL(page.url()).search).toBe(
          `?board=glue-sst2-small&rows=${rowOf(read().site, "galore")},${rowOf(read().site, "svd")}`,
        );
        expect(complaints).toEqual([]);
      });
    });

    it("compares single runs over their test items, and explains itself without JavaScript", async () => {
      const ids = [
        read().site.runWhere((text) => text.includes("GaLore on")),
        read().site.runWhere((text) => text.includes("DoRA on")),
      ];
      const runs = ids.map((path) => path.split("/")[1]).join(",");
      await read().browser.open(`compare/?runs=${runs}`, {}, async (page, complaints) => {
        await page.locator("[data-result] table").first().waitFor();
        expect(await page.locator("[data-result]").textContent()).toContain("40 test items, jackknife");
        expect(complaints).toEqual([]);
      });
      await read().browser.open("compare/", { javaScriptEnabled: false }, async (page) => {
        expect(await page.locator("noscript .warning, .warning").first().textContent()).toContain(
          "pnpm bench compare",
        );
        expect(await page.locator("form:visible").count()).toBe(0);
      });
    });
  });

  describe("journey: learn to submit", () => {
    it("leads from home to the five steps with their commands in order", async () => {
      await read().browser.open("", {}, async (page, complaints) => {
        await page.getByRole("navigation").getByRole("link", { name: "Submit" }).click();
        const commands = await page.locator(".steps pre").allTextContents();
        expect(commands.map((text) => text.trim().split(" ").slice(0, 3).join(" "))).toEqual([
          "pnpm bench new",
          "pnpm bench check",
          "pnpm bench --method",
          "pnpm bench submit",
        ]);
        expect(await page.locator(".steps li").count()).toBe(5);
        expect(complaints).toEqual([]);
      });
    });
  });
}
