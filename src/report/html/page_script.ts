// The script of a report's page as one text: uPlot, the program's own formats, and the page's modules.

import licence from "uplot/LICENSE" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import { PPM } from "../../metrics/names.ts";
import {
  formatCount,
  formatInstant,
  formatPpm,
  formatRate,
  formatUs,
  formatUsd,
  UNKNOWN,
} from "../../view/format.ts";
import chartList from "./page/chart_list.js" with { type: "text" };
import charts from "./page/charts.js" with { type: "text" };
import clock from "./page/clock.js" with { type: "text" };
import dom from "./page/dom.js" with { type: "text" };
import instant from "./page/instant.js" with { type: "text" };
import keys from "./page/keys.js" with { type: "text" };
import legend from "./page/legend.js" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import marks from "./page/marks.js" with { type: "text" };
import now from "./page/now.js" with { type: "text" };
import player from "./page/player.js" with { type: "text" };
import scales from "./page/scales.js" with { type: "text" };
import timeline from "./page/timeline.js" with { type: "text" };
import zoom from "./page/zoom.js" with { type: "text" };

/** In an order in which nothing is used before it is there when the file is read. */
const MODULES = [
  ...[dom, keys, instant, clock, player, timeline, now, legend, marks, scales, chartList, zoom],
  ...[charts, main],
];

/** `view/format.ts` stays the one place that turns numbers into text: a page gets its functions as they are. */
const FORMATS = [formatUs, formatInstant, formatPpm, formatCount, formatUsd, formatRate];

export function pageScript(): string {
  const words = `const PPM = ${PPM}; const UNKNOWN = ${JSON.stringify(UNKNOWN)};`;
  const parts = [words, ...FORMATS.map(String), ...MODULES.map(asPart), "main();"];
  // Whoever gets a page gets a copy of uPlot: its licence wants to go with it.
  return `/*! uPlot\n${licence}*/\n${uplot}\n(() => {\n"use strict";\n${parts.join("\n")}\n})();\n`;
}

/** A module without what only modules may say. */
function asPart(source: string): string {
  return source.replace(/^import [^;]+;\n/gm, "").replace(/^export /gm, "");
}
