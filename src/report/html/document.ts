// A report's page whole: one HTML text that asks nothing of any network.

import { hash } from "node:crypto";
import type { FleetState } from "../../fleet/state.ts";
import type { LogHeader } from "../../log/codec.ts";
import { formatCount, formatInstant } from "../../view/format.ts";
import { summarize, type Summary, type SummaryOptions } from "../summary.ts";
import type { ReportData } from "./data.ts";
import { pageScript } from "./page_script.ts";
import { pageStyle } from "./page_style.ts";
import { storyHtml, totalsHtml, verdictsHtml } from "./tables.ts";
import { clipped, escapeHtml, jsonIsland } from "./text.ts";

export interface ReportFacts {
  readonly header: Pick<LogHeader, "mtop" | "kind" | "scenario" | "parent">;
  /** The log's name, without its folder. */
  readonly name: string;
  readonly events: number;
  /** The footer's; undefined of a run that died. */
  readonly hash: string | undefined;
  /** Why the log has no end, or goes no further. */
  readonly warning: string | undefined;
}

/** What a file of ours begins with: the program overwrites no other. */
export const REPORT_BEGIN = '<!doctype html>\n<html lang="en" data-mtop-report="1">';

export function reportHtml(
  state: FleetState,
  data: ReportData,
  facts: ReportFacts,
  options: SummaryOptions = {},
): string {
  const summary = shownOf(summarize(state, data.endUs, options), data);
  const style = pageStyle();
  const script = pageScript();
  const title = escapeHtml(clipped(summary.scenario || facts.name));
  return `${REPORT_BEGIN}
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="mtop ${escapeHtml(facts.header.mtop)}">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; script-src '${
    digest(script)
  }'; style-src '${digest(style)}'">
<link rel="icon" href="data:,">
<title>${title} - mtop report</title>
<style>${style}</style>
</head>
<body>
${headHtml(summary, data, facts)}
<main>
${playerHtml(data)}
<section id="timeline" aria-labelledby="timeline-head"><h2 id="timeline-head" class="unseen">Timeline</h2>
<div class="lanes card" id="lanes" role="img" aria-label="Timeline"></div></section>
${nowHtml()}
${chartsHtml()}
<section aria-labelledby="totals-head"><h2 id="totals-head">Totals${sinceText(summary)}</h2>
${totalsHtml(summary)}
</section>
<section aria-labelledby="story-head"><h2 id="story-head">Events</h2>
${storyHtml(data.story)}
</section>
</main>
${footHtml(data, facts)}
<span id="probe" hidden></span>
<script type="application/json" id="summary">${jsonIsland(summary)}</script>
<script type="application/json" id="data">${jsonIsland(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Of very many services the same as have charts. */
function shownOf(summary: Summary, { omitted, services }: ReportData): Summary {
  if (omitted.length === 0) return summary;
  const shown = new Set(services.map(({ name }) => name));
  const entries = Object.entries(summary.services).filter(([name]) => shown.has(clipped(name)));
  return { ...summary, services: Object.fromEntries(entries) };
}

function digest(content: string): string {
  return `sha256-${hash("sha256", content, "base64")}`;
}

function headHtml(summary: Summary, data: ReportData, facts: ReportFacts): string {
  const { expectations, scenario, seed, warmupSeconds } = summary;
  const failed = expectations.filter(({ passed }) => !passed).length;
  const pill = expectations.length === 0
    ? ""
    : failed === 0
    ? `<span class="pill pass">${expectations.length} of ${expectations.length} held</span>`
    : `<span class="pill fail">${failed} of ${expectations.length} failed</span>`;
  const about = aboutOf(facts.header.scenario);
  const rows: [string, string][] = [
    ["seed", String(seed)],
    [facts.header.kind === "simulation" ? "simulated" : "recorded", lengthText(summary)],
    ...(warmupSeconds > 0
      ? [["warm-up", formatInstant(warmupSeconds * 1e6)] as [string, string]]
      : []),
    ["events", formatCount(facts.events)],
    ...(facts.hash === undefined ? [] : [["log", facts.hash.slice(0, 12)] as [string, string]]),
  ];
  const list = rows.map(([name, value]) =>
    `<div><dt>${name}</dt><dd class="number">${escapeHtml(value)}</dd></div>`
  );
  const { parent } = facts.header;
  const notes = [
    ...(parent
      ? [`A branch of ${parent.name}, whose past it has up to ${formatInstant(parent.at)}.`]
      : []),
    ...(facts.warning === undefined ? [] : [facts.warning]),
    ...(data.omitted.length === 0
      ? []
      : [`Not on this page, but in the log: ${data.omitted.join(", ")}.`]),
  ];
  const banners = notes.map((note) =>
    `<p class="banner card" role="status">${escapeHtml(clipped(note))}</p>`
  );
  return `<header class="head"><p class="made">mtop report</p>
<div class="title"><h1>${escapeHtml(clipped(scenario || facts.name))}</h1>${pill}</div>
${about === "" ? "" : `<p class="about">${escapeHtml(clipped(about))}</p>`}
<dl class="facts">${list.join("")}</dl>
${banners.join("\n")}
${verdictsHtml(summary)}
</header>`;
}

function aboutOf(scenario: unknown): string {
  const { about } = (scenario ?? {}) as { about?: unknown };
  return typeof about === "string" ? about : "";
}

/** Of a run that did not come to its end also how long it was to be. */
function lengthText({ virtualSeconds, durationSeconds, ended }: Summary): string {
  const length = formatInstant(virtualSeconds * 1e6);
  return ended ? length : `${length} of ${formatInstant(durationSeconds * 1e6)}`;
}

function sinceText({ warmupSeconds }: Summary): string {
  return warmupSeconds === 0 ? "" : ` after the warm-up of ${formatInstant(warmupSeconds * 1e6)}`;
}

function playerHtml({ endUs }: ReportData): string {
  return `<div class="player" role="group" aria-label="Instant of the run"><div class="player-row">
<button class="play" id="play" type="button" aria-label="Play" aria-pressed="false">
<svg class="start" viewBox="0 0 14 14" aria-hidden="true"><path d="M3 1.2v11.6L12.5 7z"/></svg>
<svg class="pause" viewBox="0 0 14 14" aria-hidden="true"><path d="M2.5 1.5h3v11h-3zM8.5 1.5h3v11h-3z"/></svg>
</button>
<div class="scrub"><input type="range" id="slider" min="0" max="0" value="0" step="1" aria-label="Instant">
<div class="strip" id="strip" aria-hidden="true"></div></div>
<div class="clock"><output id="clock" for="slider">0s</output> <span class="quiet">of ${
    formatInstant(endUs)
  }</span></div>
<select id="speed" aria-label="Speed"></select>
</div></div>
<noscript><p class="banner card">The charts and the scrubber need JavaScript; all else is below.</p></noscript>`;
}

function nowHtml(): string {
  const heads = [["Pod"], ["Ready"], ["Status"], ["Node"]].map(([head]) => [head, ""]);
  const numbers = ["Running", "Waiting", "KV cache"].map((head) => [head, ' class="number"']);
  const cells = [...heads, ...numbers].map(([head, kind]) =>
    `<th role="columnheader" scope="col"${kind}>${head}</th>`
  );
  return `<section aria-labelledby="now-head"><h2 id="now-head">At <span class="at number">0s</span></h2>
<div class="now"><div class="stack" id="changes">
<div class="panel card"><h3>Rollouts</h3><div id="rollouts"></div></div>
<div class="panel card"><h3>Faults in force</h3><div id="faults"></div></div>
</div><div class="panel card"><h3>Pods <input class="filter" id="filter" type="search" placeholder="Filter" aria-label="Filter pods" hidden></h3>
<div class="scroll" id="pods-box"><table role="table" class="rows" aria-label="Pods"><thead role="rowgroup"><tr role="row">${
    cells.join("")
  }</tr></thead><tbody role="rowgroup" id="pods"></tbody></table></div>
<p class="quiet" id="pods-more"></p></div></div></section>`;
}

function chartsHtml(): string {
  return `<section aria-labelledby="charts-head"><div class="bar"><h2 id="charts-head">Over time</h2>
<label hidden>Service <select id="service"></select></label>
<span class="quiet" id="calibration"></span>
<button type="button" id="unzoom" hidden>Whole run</button></div>
<div class="charts" id="charts"></div></section>`;
}

function footHtml({ binUs, strideBins }: ReportData, { name, header }: ReportFacts): string {
  const bin = formatInstant(binUs);
  const instant = formatInstant(binUs * strideBins);
  const keys = [
    ["Space", "plays"],
    [", .", "step"],
    ["n p", "next and previous event"],
    ["+ - 0", "zoom the charts"],
  ].map(([key, does]) => `<kbd>${key}</kbd> ${does}`).join(", ");
  return `<footer class="foot"><p class="keyboard">${keys}; so does dragging in one.</p>
<p>Made by mtop ${escapeHtml(header.mtop)} from the log ${
    escapeHtml(name)
  } alone. A point of a chart is ${bin}: percentiles of all samples in it, gauges their mean. The scrubber's instants are ${instant} apart and are what mtop replay --at says; a grey ground is the warm-up, a dashed red line a fault's begin or an objective.</p></footer>`;
}
