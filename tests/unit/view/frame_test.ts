import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import { findColumn } from "../../../src/view/columns.ts";
import { frame, type FrameOptions, type FrameView, plainTable } from "../../../src/view/frame.ts";
import { cells } from "../../../src/view/spans.ts";
import { COLOR, MONO, PLAIN } from "../../../src/view/theme.ts";
import { assertGolden } from "../../golden/golden.ts";
import { NOW, sampleFleet } from "./sample_fleet.ts";

const VIEW: FrameView = {
  sort: { column: findColumn("name")!, descending: false },
  scroll: 0,
  speed: 60,
  paused: false,
  ended: false,
  hints: [{ keys: "q", about: "quit" }, { keys: "?", about: "help" }],
};

const OPTIONS: FrameOptions = {
  width: 80,
  height: 24,
  theme: PLAIN,
  label: "mock",
  columns: DEFAULTS.columns.map((head) => findColumn(head)!),
  more: true,
  thresholds: DEFAULTS.thresholds,
  rows: {
    slos: { "llama-3-70b": { ttftP95Us: 2_000_000, itlP95Us: 60_000 } },
    gpuPrices: { "H100-SXM": 2 },
  },
};

function shown(view: Partial<FrameView> = {}, options: Partial<FrameOptions> = {}) {
  return frame(sampleFleet(), NOW, { ...VIEW, ...view }, { ...OPTIONS, ...options });
}

// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b\[[\d;]*m/g;

for (const width of [40, 60, 80, 120]) {
  Deno.test(`frame() at ${width} columns is the picture that was found right`, () => {
    assertGolden(`top-${width}.txt`, shown({}, { width }).lines.join("\n") + "\n");
  });
}

Deno.test("frame() keeps to every size, with every theme", () => {
  for (const theme of [PLAIN, MONO, COLOR]) {
    for (let width = 1; width <= 200; width += 7) {
      for (const height of [1, 2, 5, 9, 10, 16, 24, 60]) {
        const { lines } = shown({}, { width, height, theme });
        assert.equal(lines.length, height, `${width}x${height}`);
        for (const text of lines) {
          assert.ok(cells(text.replace(ESCAPES, "")) <= width, `${width}: ${text}`);
        }
      }
    }
  }
});

Deno.test("frame() at 40 columns still shows NAME, STATE and TTFTp95", () => {
  const { columns } = shown({}, { width: 40 });
  assert.deepEqual(columns.map(({ head }) => head), ["NAME", "STATE", "TTFTp95"]);
});

Deno.test("frame() says the same with and without colours", () => {
  const plain = shown().lines;
  for (const theme of [MONO, COLOR]) {
    const lines = shown({}, { theme }).lines.map((text) => text.replace(ESCAPES, "").trimEnd());
    assert.deepEqual(lines, plain);
  }
  assert.ok(!plain.join("").includes("\x1b"));
});

Deno.test("frame() scrolls to its last row and no further", () => {
  const { scroll, page, lines } = shown({ scroll: Infinity }, { height: 10 });
  assert.equal(scroll, 8 - page);
  assert.match(lines.at(-1)!, new RegExp(`^${scroll + 1}-8 of 8 `));
  assert.ok(lines.some((text) => text.startsWith("research") || text.includes("phi-4")));
});

Deno.test("frame() shows a pause and an end", () => {
  assert.match(shown({ paused: true }).lines[0]!, /12m30s of 30m00s PAUSED/);
  assert.match(shown({ ended: true }).lines[0]!, /12m30s of 30m00s ENDED/);
  assert.match(shown().lines[0]!, /12m30s of 30m00s 60x/);
});

Deno.test("frame() shows the help instead of the table, and scrolls it", () => {
  const help = Array.from({ length: 50 }, (_, index) => `help ${index}`);
  const { lines, scroll } = shown({ help, scroll: 99 });
  assert.ok(lines.includes("help 49"));
  assert.ok(!lines.includes("help 0"));
  assert.ok(scroll > 0 && scroll < 50);
});

Deno.test("frame() sums up only what is known, and prices only what has a price", () => {
  const head = shown({}, { width: 200 }).lines[0]!;
  assert.match(head, /services 2\/8 ready {2}26 rps {2}5,200 tok\/s {2}3 waiting {2}errors 1%/);
  assert.match(shown({}, { width: 200, rows: {} }).lines[0]!, /\$\/h 65.54/);
  const none = frame(sampleFleet(), NOW, VIEW, { ...OPTIONS, rows: { keep: () => false } });
  assert.match(none.lines.join("\n"), /- rps .*- waiting/);
  assert.match(none.lines.join("\n"), /no services/);
});

Deno.test("plainTable() for a pipe has words and bare figures, and says what is uncalibrated", () => {
  const lines = plainTable(sampleFleet(), NOW, VIEW.sort, {
    ...OPTIONS,
    width: undefined,
    decorated: false,
  });
  assertGolden("top-pipe.txt", lines.join("\n") + "\n");
});

Deno.test("frame() begins with its head on a terminal of few lines, and has a row as long as it can", () => {
  for (const height of [4, 5, 6]) {
    const { lines } = shown({}, { height });
    assert.match(lines[0]!, /^mtop mock/);
    const table = lines.findIndex((text) => text.startsWith("NAME"));
    assert.ok(table > 0, String(height));
    assert.match(lines[table + 1]!, /^\S+ +[◌✔✖‖⚠◷] /, String(height));
  }
});

Deno.test("frame() gives the help the room of notes and events", () => {
  const help = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  const { lines } = shown({ help }, { height: 16 });
  assert.equal(lines.filter((text) => text.startsWith("line ")).length, 16 - 1 - 2);
});
