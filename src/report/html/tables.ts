// What of a report is read rather than looked at: verdicts, totals, events. HTML out of the text's own rows.

import { formatCount, formatInstant, formatPpm, formatUs } from "../../view/format.ts";
import { loadTable } from "../loads_text.ts";
import type { ExpectationSummary, ServiceSummary, Summary } from "../summary.ts";
import {
  calibrationText,
  latencyRows,
  PERCENTILE_HEADS,
  requestRows,
  REVISION_HEADS,
  revisionRows,
} from "../totals_text.ts";
import type { StoryLine } from "./data.ts";
import { clipped, escapeHtml } from "./text.ts";

export function verdictsHtml({ expectations }: Summary): string {
  if (expectations.length === 0) return "";
  const items = expectations.map(verdictHtml).join("\n");
  return `<ul class="verdicts card" aria-label="Expectations">\n${items}\n</ul>`;
}

function verdictHtml({ passed, about, expected, got, atSeconds }: ExpectationSummary): string {
  const [kind, mark, word] = passed ? ["pass", "✓", "passed"] : ["fail", "✗", "failed"];
  const found = passed ? got : `expected ${expected}, got ${got}`;
  return `<li><span class="mark ${kind}" role="img" aria-label="${word}">${mark}</span>` +
    `<span>${text(about)}</span><span class="found quiet">${text(found)}</span>` +
    `<span class="when">${jumpHtml(Math.round(atSeconds * 1e6))}</span></li>`;
}

/** Services that are told in full at once; of more, each opens by its line. */
const MOST_OPEN = 5;

/** Every service as the text report has it. */
export function totalsHtml({ services }: Summary): string {
  const entries = Object.entries(services);
  const open = entries.length > MOST_OPEN ? "" : " open";
  return entries.map(([name, service]) => serviceHtml(name, service, open)).join("\n");
}

function serviceHtml(name: string, service: ServiceSummary, open: string): string {
  const figures = requestRows(service)
    .map(([head, value]) => `<dt>${text(head)}</dt><dd>${text(value)}</dd>`).join("\n");
  const revisions = Object.keys(service.revisions).length > 1
    ? tableHtml("Revisions", REVISION_HEADS, revisionRows(service))
    : "";
  const byLoad = loadTable(service.loads);
  const loads = byLoad ? tableHtml("Loads", byLoad.heads, byLoad.rows) : "";
  return `<details class="service card"${open}><summary><h3>${text(name)}</h3> ` +
    `<span class="quiet">${text(lineOf(service))}</span></summary>
<div class="totals"><dl>\n${figures}\n</dl><div>
${tableHtml("Latencies", ["", ...PERCENTILE_HEADS], latencyRows(service))}
${loads}${revisions}
</div></div></details>`;
}

/** What is seen of a service before it is opened. */
function lineOf(service: ServiceSummary): string {
  const { requests, errorRate, ttftMs } = service;
  const figures = [
    `${formatCount(requests.arrived)} requests`,
    ...(errorRate === null ? [] : [`${formatPpm(errorRate * 1e6)} errors`]),
    ...(ttftMs === null ? [] : [`ttft p95 ${formatUs(ttftMs["p95"]! * 1000)}`]),
  ];
  return `${calibrationText(service)}, ${figures.join(", ")}`;
}

/** The first column names the rows, the others hold numbers. */
function tableHtml(caption: string, heads: readonly string[], rows: readonly string[][]): string {
  const head = heads.map((one, index) =>
    one === "" ? "<td></td>" : `<th scope="col"${index > 0 ? NUMBER : ""}>${text(one)}</th>`
  );
  const body = rows.map(([first = "", ...rest]) =>
    `<tr><th scope="row">${text(first)}</th>` +
    `${rest.map((one) => `<td${NUMBER}>${text(one)}</td>`).join("")}</tr>`
  );
  return `<table><caption class="unseen">${caption}</caption><thead><tr>${
    head.join("")
  }</tr></thead>
<tbody>\n${body.join("\n")}\n</tbody></table>`;
}

const NUMBER = ' class="number"';

const STORY_KINDS = { warning: "s-warning", fault: "s-fault", normal: "" } as const;

export function storyHtml(story: readonly StoryLine[]): string {
  if (story.length === 0) return '<p class="quiet">Nothing was told.</p>';
  const rows = story.map(({ at, type, reason, object, message }) =>
    `<tr role="row"><td role="cell">${jumpHtml(at)}</td>` +
    `<td role="cell" class="reason ${STORY_KINDS[type]}">${text(reason)}</td>` +
    `<td role="cell" class="object" title="${text(object)}">${
      text(object)
    }</td><td role="cell" class="wide">${text(message)}</td></tr>`
  );
  const heads = ["Time", "Reason", "Object", "Message"]
    .map((head) => `<th role="columnheader" scope="col">${head}</th>`).join("");
  return `<div class="story card"><table role="table" class="rows" aria-label="Events"><thead role="rowgroup">` +
    `<tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">\n${rows.join("\n")}\n</tbody></table></div>`;
}

/** A time that shows its instant when it is pressed. */
function jumpHtml(atUs: number): string {
  return `<button class="jump" type="button" data-at="${atUs}">${formatInstant(atUs)}</button>`;
}

function text(value: string): string {
  return escapeHtml(clipped(value));
}
