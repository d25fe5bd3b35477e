// A report's page in a browser: what is drawn, what the scrubber shows, and who can use it how.

import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Chromium, findChromium, type Page, type PageOptions } from "./chromium.ts";
import { mtop } from "./program.ts";
import { madeHostile } from "./report_rig.ts";

const path = findChromium();
if (path === undefined) {
  console.log("SKIPPED: the tests of a report's page, since there is no /usr/bin/chromium here");
}

const folder = Deno.makeTempDirSync({ prefix: "mtop-test-" });
Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));

/** The report of canary-failure, made once; or of the log of it after a change. */
async function reportOf(name: string, change?: (log: string) => Promise<void>): Promise<string> {
  const log = `${folder}/${name}.jsonl`;
  if (await Deno.stat(log).catch(() => undefined)) return log;
  const run = await mtop(["run", "scenarios/canary-failure.ts", "--record", log]);
  strictEqual(run.code, 0);
  await change?.(log);
  strictEqual((await mtop(["report", log])).code, 0);
  return log;
}

/** Opens a report in a browser of its own, and looks afterwards whether anything went wrong in it. */
function browserTest(
  name: string,
  test: (open: (options?: PageOptions) => Promise<Page>, log: string) => Promise<void>,
  report: () => Promise<string> = () => reportOf("run"),
): void {
  const fn = async () => {
    const log = await report();
    const url = `file://${log.replace(/jsonl$/, "html")}`;
    await using browser = new Chromium(path!);
    const pages: Page[] = [];
    await test(async (options) => {
      const page = await browser.open(url, options);
      pages.push(page);
      strictEqual(await page.value("document.documentElement.dataset.ready"), "true");
      return page;
    }, log);
    for (const page of pages) {
      deepStrictEqual(page.errors, []);
      deepStrictEqual(page.requests, [url]);
    }
  };
  Deno.test({ name, ignore: path === undefined, fn });
}

const SHOW = (seconds: number) =>
  `(() => {
  const slider = document.getElementById("slider");
  slider.value = String(${seconds} / 5);
  slider.dispatchEvent(new Event("input"));
  return document.getElementById("clock").textContent;
})()`;

const PODS = `[...document.querySelectorAll("#pods tr")].map((row) =>
  [...row.cells].map((cell) => cell.textContent.trim()))`;

/** The pods of `mtop replay`, as lists of cells. */
function podsOf(text: string): string[][] {
  const [, table = ""] = text.split(/\n {2}pod .*kv\n/);
  return table.split("\n\n")[0]!.split("\n").map((line) => line.trim().split(/ {3,}/));
}

browserTest(
  "a report's scrubber shows the pods, weights and faults of mtop replay --at",
  async (open, log) => {
    const page = await open();
    for (const at of ["0s", "4m05s", "12m30s", "14m45s", "14m50s", "15m05s", "16m00s", "30m00s"]) {
      const [, minutes = "0", seconds] = /^(?:(\d+)m)?(\d+)s$/.exec(at)!;
      strictEqual(await page.value(SHOW(Number(minutes) * 60 + Number(seconds))), at);
      const { stdout } = await mtop(["replay", log, "--at", at]);
      deepStrictEqual(await page.value(PODS), podsOf(stdout), at);
      const shown = await page.value(`document.getElementById("rollouts").innerText`);
      const [, weights = ""] = /weights {4}(.*)/.exec(stdout) ?? [];
      for (const weight of weights.split(", ")) ok(shown.includes(weight), `${at}: ${weight}`);
      const [, phase, step] = /llama-3-70b, (\w+), (step [^(]*\(.*?\))/.exec(stdout) ?? [];
      if (phase) {
        ok(
          shown.includes(`${phase}, ${step}`) || step === "step (start)",
          `${at}: ${shown}`,
        );
      }
      const faults = await page.value(`document.getElementById("faults").innerText`);
      strictEqual(faults.includes("xid79"), stdout.includes("  xid79 since"), at);
    }
  },
);

/** Pixels of each canvas that are no grid and no text: strongly coloured. */
const INK = `[...document.querySelectorAll("canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b, a] = data.subarray(at, at + 4);
    if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 60) inked++;
  }
  return inked;
})`;

browserTest(
  "a report draws its charts in both schemes and redraws them when the scheme changes",
  async (open) => {
    const light = await open({ scheme: "light" });
    const charts = await light.value(INK);
    strictEqual(charts.length, 14);
    match(
      await light.value(`document.getElementById("calibration").textContent`),
      /^llama-3-70b, calibrated \(E2E ±/,
    );
    ok(charts.every((inked: number) => inked > 150), String(charts));
    const ground = "getComputedStyle(document.documentElement).backgroundColor";
    strictEqual(await light.value(ground), "rgb(247, 248, 250)");
    const pixels = `document.querySelector("canvas").toDataURL()`;
    const before = await light.value(pixels);
    await light.call("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: "dark" }],
    });
    strictEqual(await light.value(ground), "rgb(14, 16, 20)");
    await light.value(
      "new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))",
    );
    notDeepStrictEqual(await light.value(pixels), before);
    ok((await light.value(INK)).every((inked: number) => inked > 150));
  },
);

/** The lowest contrast of a text with what is behind it, by WCAG 2.2, and the text. */
const CONTRAST = `(() => {
  const { canvas, ctx } = (() => {
    const canvas = new OffscreenCanvas(1, 1);
    return { canvas, ctx: canvas.getContext("2d", { willReadFrequently: true }) };
  })();
  const over = (color, ground) => {
    ctx.fillStyle = ground;
    ctx.fillRect(0, 0, 1, 1);
    ctx.fillStyle = color;
    ctx.fillRect(0, 0, 1, 1);
    return "rgb(" + [...ctx.getImageData(0, 0, 1, 1).data.subarray(0, 3)].join(" ") + ")";
  };
  const groundOf = (element) => {
    const below = element.parentElement ? groundOf(element.parentElement) : "white";
    return over(getComputedStyle(element).backgroundColor, below);
  };
  const luminance = (color) => {
    const [r, g, b] = color.match(/\\d+/g).map((one) => one / 255)
      .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let lowest = [21, ""];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data.trim()).join("");
    if (text === "" || element.matches("script, style, noscript *, option") || !element.checkVisibility()) continue;
    const ground = groundOf(element);
    const [a, b] = [luminance(over(getComputedStyle(element).color, ground)), luminance(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < lowest[0]) lowest = [contrast, text];
  }
  return lowest;
})()`;

browserTest(
  "a report's texts stand out by 4.5:1 in both schemes, and its controls have names",
  async (open) => {
    for (const scheme of ["light", "dark"] as const) {
      const page = await open({ scheme });
      await page.value(SHOW(15 * 60));
      const [contrast, text] = await page.value(CONTRAST);
      ok(contrast >= 4.5, `${scheme}: ${contrast} of "${text}"`);
    }
    const page = await open();
    await page.call("Accessibility.enable");
    const { nodes } = await page.call("Accessibility.getFullAXTree");
    const controls = nodes.filter((
      { ignored, role }: { ignored: boolean; role: { value: string } },
    ) => !ignored && ["button", "slider", "combobox", "image", "table"].includes(role.value));
    ok(controls.length > 20);
    for (const { role, name } of controls) ok(name?.value !== "", `a ${role.value} without a name`);
  },
);

browserTest("a report is worked by keys: slider, steps, events, play", async (open) => {
  const page = await open();
  const clock = () => page.value(`document.getElementById("clock").textContent`);
  strictEqual(await clock(), "30m00s");
  // The first three stops of Tab are the times of the verdicts.
  for (const id of ["", "", "", "play", "slider"]) {
    await page.press("Tab");
    strictEqual(await page.value("document.activeElement.id"), id);
  }
  await page.press("Home");
  strictEqual(await clock(), "0s");
  await page.press("ArrowRight");
  strictEqual(await clock(), "5s");
  strictEqual(
    await page.value(`document.getElementById("slider").getAttribute("aria-valuetext")`),
    "5s",
  );
  await page.press(".");
  await page.press(".");
  await page.press(",");
  strictEqual(await clock(), "10s");
  await page.press("n");
  strictEqual(await clock(), "4m00s");
  await page.press("n");
  strictEqual(await clock(), "12m20s", "the first instant that knows of 12m15s");
  await page.press("p");
  strictEqual(await clock(), "4m00s");
  await page.press(" ");
  const playing = `document.getElementById("play").getAttribute("aria-pressed")`;
  strictEqual(await page.value(playing), "true");
  await page.value(`new Promise((next) => {
    const look = () => document.getElementById("clock").textContent === "4m00s" ? requestAnimationFrame(look) : next();
    look();
  })`);
  await page.press(" ");
  strictEqual(await page.value(playing), "false");
  await page.value(`document.querySelector(".story .jump").click()`);
  strictEqual(await clock(), "4m00s", "a time in the list of events is a button");
  await page.value(`document.location.hash = "#t=905"`);
  await page.value("new Promise((next) => requestAnimationFrame(next))");
  strictEqual(await clock(), "15m05s", "an address may name an instant");
});

const WIDTH = "document.documentElement.scrollWidth";

browserTest("a report fits a phone, prints, and zooms all its charts together", async (open) => {
  const phone = await open({ width: 375, height: 800 });
  for (const seconds of [0, 900, 1800]) {
    await phone.value(SHOW(seconds));
    ok(await phone.value(WIDTH) <= 375);
  }
  const page = await open();
  const { data } = await page.call("Page.printToPDF", { printBackground: true });
  match(atob(data.slice(0, 8)), /^%PDF/);
  strictEqual(await page.value("document.documentElement.style.colorScheme"), "");
  const box = await page.value(`(() => {
    const over = document.querySelector(".u-over");
    over.scrollIntoView({ block: "center" });
    const { left, top, width, height } = over.getBoundingClientRect();
    return { left, top, width, height };
  })()`);
  const mouse = (type: string, part: number) =>
    page.call("Input.dispatchMouseEvent", {
      ...{ type, button: "left", buttons: 1, clickCount: 1 },
      ...{ x: box.left + box.width * part, y: box.top + box.height / 2 },
    });
  const pixels = `[...document.querySelectorAll("canvas")].map((one) => one.toDataURL())`;
  const before = await page.value(pixels);
  await mouse("mousePressed", 0.4);
  await mouse("mouseMoved", 0.6);
  await mouse("mouseReleased", 0.6);
  await page.value(
    "new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))",
  );
  const zoomed = await page.value(pixels);
  ok(zoomed.every((one: string, index: number) => one !== before[index]), "all are zoomed");
  await page.value(`document.getElementById("unzoom").click()`);
  await page.value(
    "new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))",
  );
  const hidden = `document.getElementById("unzoom").hidden`;
  strictEqual(await page.value(hidden), true);
  await page.press("+");
  strictEqual(await page.value(hidden), false);
  await page.press("0");
  strictEqual(await page.value(hidden), true);
});

browserTest(
  "a report of a stranger's log runs nothing of theirs and still fits a phone",
  async (open) => {
    const page = await open({ width: 375, height: 800 });
    match(await page.value("document.title"), /^canary-failure - mtop report$/);
    strictEqual(await page.value(`document.images.length`), 0);
    ok((await page.value(`document.getElementById("pods").innerText`)).includes("<img src=x"));
    ok(await page.value(WIDTH) <= 375);
  },
  () => reportOf("hostile", madeHostile),
);
