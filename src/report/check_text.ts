// A check as text and as JSON: one service in full, or the fleet as a table with its counts.

import { conditionLines, GLYPHS, type Health } from "../view/condition_tree.ts";
import { formatPpm, formatRate, formatUs, UNKNOWN } from "../view/format.ts";
import { table } from "../view/table.ts";
import { type AdvisedBlocker, type Check } from "./check.ts";

export interface CheckTextOptions {
  readonly nowUs: number;
  /** Columns of the terminal; a pipe has no limit. */
  readonly width?: number | undefined;
  /** How a glyph is shown, for instance coloured. */
  readonly mark?: (health: Health) => string;
}

/** Verdict, conditions, what blocks with what to do, pods, and what users get. */
export function checkText(check: Check, options: CheckTextOptions): string {
  const glyph = options.mark?.(healthOf(check)) ?? GLYPHS[healthOf(check)];
  return [
    `${glyph} ${check.verdict}`,
    ...section("Conditions", conditionLines(check.conditions, inner(options))),
    ...section(
      check.ready === "True" ? "What is not well" : "What blocks it",
      check.blockers.flatMap(blockerLines),
    ),
    ...section(podsTitle(check), podLines(check, inner(options))),
    ...section("Last minute", servingLines(check)),
  ].join("\n") + "\n";
}

const INDENT = "  ";

function inner(options: CheckTextOptions): CheckTextOptions {
  const { width } = options;
  return width === undefined ? options : { ...options, width: width - INDENT.length };
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ["", title, ...lines.map((line) => line === "" ? line : INDENT + line)];
}

function healthOf({ ready }: Check): Health {
  return ready === "True" ? "good" : ready === "False" ? "bad" : "unknown";
}

function blockerLines({ object, others, reason, message, advice }: AdvisedBlocker): string[] {
  const more = others > 0 ? ` and ${others} more` : "";
  return [`${object}${more}: ${reason}`, `  ${message}`, `  → ${advice}`];
}

function podsTitle({ pods }: Check): string {
  return `Pods, ${pods.filter(({ ready }) => ready).length} of ${pods.length} ready`;
}

function podLines({ pods }: Check, { width }: CheckTextOptions): string[] {
  if (pods.length === 0) return ["none"];
  const rows = pods.map(({ name, status, restarts, node }) => [
    name,
    status,
    String(restarts),
    node ?? UNKNOWN,
  ]);
  return table([["NAME", "STATUS", "RESTARTS", "NODE"], ...rows], {
    right: [2],
    width,
    drop: [3, 2],
  });
}

function servingLines({ serving }: Check): string[] {
  const { slo, rps, ttftP95Us, itlP95Us, e2eP95Us } = serving;
  return [
    `requests   ${formatRate(rps)}${rps === undefined ? "" : " rps"}`,
    `errors     ${formatPpm(serving.errorPpm)}`,
    `TTFT p95   ${againstSlo(ttftP95Us, slo.ttftP95Us)}`,
    `ITL p95    ${againstSlo(itlP95Us, slo.itlP95Us)}`,
    `E2E p95    ${againstSlo(e2eP95Us, slo.e2eP95Us)}`,
    `goodput    ${formatPpm(serving.goodputPpm)}`,
  ];
}

/** A latency beside its objective; without one there is no verdict. */
function againstSlo(us: number | undefined, limitUs: number | undefined): string {
  if (limitUs === undefined || us === undefined) return formatUs(us);
  return `${formatUs(us)}, objective ${formatUs(limitUs)} ${us <= limitUs ? "met" : "missed"}`;
}

/** A line for each service, what blocks it and what to do; then the counts. */
export function fleetText(checks: readonly Check[], { width, mark }: CheckTextOptions): string {
  const rows = checks.map((check) => {
    const [blocker] = check.blockers;
    return [
      check.namespace,
      check.name,
      `${GLYPHS[healthOf(check)]} ${check.ready}`,
      blocker ? `${blocker.reason} ${blocker.object}` : "",
      blocker?.advice ?? "",
    ];
  });
  const head = ["NAMESPACE", "NAME", "READY", "BLOCKED BY", "WHAT TO DO"];
  const [first, ...lines] = table([head, ...rows], { width, drop: [4, 0, 3] });
  const shown = lines.map((line, index) => {
    const health = healthOf(checks[index]!);
    return mark ? line.replace(GLYPHS[health], mark(health)) : line;
  });
  return [first!, ...shown, "", countsLine(checks)].join("\n") + "\n";
}

function countsLine(checks: readonly Check[]): string {
  const ready = checks.filter((check) => check.ready === "True").length;
  const stopped = checks.filter((check) => check.stopped).length;
  const failing = checks.filter(isFailing).length;
  const services = checks.length === 1 ? "1 service" : `${checks.length} services`;
  return `${services}: ${ready} ready, ${failing} not ready, ${stopped} stopped`;
}

/** Not Ready, and nobody wanted it so. */
export function isFailing({ ready, stopped }: Check): boolean {
  return ready !== "True" && !stopped;
}

/** Numbers are numbers, units are in the keys, unknown is null. */
export function checkData(check: Check): Record<string, unknown> {
  const { namespace, name, ready, stopped, verdict, conditions, blockers, pods, serving } = check;
  const { rps, ttftP95Us, itlP95Us, e2eP95Us, errorPpm, goodputPpm } = serving;
  return {
    namespace,
    name,
    ready,
    stopped,
    verdict,
    conditions,
    blockers,
    pods: pods.map((pod) => ({ ...pod, node: pod.node ?? null })),
    lastMinute: {
      requestsPerSecond: rps ?? null,
      ttftP95Ms: scaled(ttftP95Us, 1000),
      itlP95Ms: scaled(itlP95Us, 1000),
      e2eP95Ms: scaled(e2eP95Us, 1000),
      errorRate: scaled(errorPpm, 1e6),
      goodput: scaled(goodputPpm, 1e6),
    },
  };
}

function scaled(value: number | undefined, by: number): number | null {
  return value === undefined ? null : value / by;
}
