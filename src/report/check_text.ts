// A check as text and as JSON: one service in full, or the fleet as a table with its counts.

import { conditionLines, GLYPHS, type Health } from "../view/condition_tree.ts";
import { formatCount, formatPpm, formatRate, formatUs, UNKNOWN } from "../view/format.ts";
import { displayWidth, table } from "../view/table.ts";
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
    ...section("Scaling", scalingLines(check, inner(options))),
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

function scalingLines({ scaling }: Check, { width }: CheckTextOptions): string[] {
  if (scaling.length === 0) return [];
  const rows = scaling.map((row) => [
    row.workload,
    String(row.replicas),
    `${row.minReplicas}–${row.maxReplicas}`,
    row.metric ?? UNKNOWN,
    row.object,
  ]);
  return [
    ...table([["WORKLOAD", "REPLICAS", "BOUNDS", "METRIC", "BY"], ...rows], { right: [1], width }),
    ...scaling.map(({ workload, reason, message }) => `${workload}: ${reason}, ${message}`),
  ];
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
  const { slo, rps, ttftP95Us, itlP95Us, e2eP95Us, notSimulated } = serving;
  return [
    ...(notSimulated === undefined ? [] : [`not simulated: ${notSimulated}`]),
    `requests   ${formatRate(rps)}${rps === undefined ? "" : " rps"}`,
    `errors     ${formatPpm(serving.errorPpm)}`,
    `TTFT p95   ${againstSlo(ttftP95Us, slo.ttftP95Us)}`,
    ...(slo.itlIsMean
      ? [
        `ITL p95    ${formatUs(itlP95Us)}`,
        `TPOT p95   ${againstSlo(serving.tpotP95Us, slo.itlP95Us)}`,
      ]
      : [`ITL p95    ${againstSlo(itlP95Us, slo.itlP95Us)}`]),
    `E2E p95    ${againstSlo(e2eP95Us, slo.e2eP95Us)}`,
    `goodput    ${formatPpm(serving.goodputPpm)}`,
    `waiting    ${formatCount(serving.waiting)}`,
    `KV cache   ${formatPpm(serving.kvPpm)}`,
  ];
}

/** A latency beside its objective; without one there is no verdict. */
function againstSlo(us: number | undefined, limitUs: number | undefined): string {
  if (limitUs === undefined || us === undefined) return formatUs(us);
  return `${formatUs(us)}, objective ${formatUs(limitUs)} ${us <= limitUs ? "met" : "missed"}`;
}

/** A line for each service and what blocks it; what to do about each; then the counts. */
export function fleetText(checks: readonly Check[], { width, mark }: CheckTextOptions): string {
  const rows = checks.map((check) => {
    const [blocker] = check.blockers;
    return [
      check.namespace,
      check.name,
      `${GLYPHS[healthOf(check)]} ${check.ready}`,
      blocker ? `${blocker.reason} ${blocker.object}` : "",
    ];
  });
  const head = ["NAMESPACE", "NAME", "READY", "BLOCKED BY"];
  // Two services of one name cannot be told apart without it.
  const drop = new Set(checks.map(({ name }) => name)).size === checks.length ? [0] : [];
  const [first, ...lines] = table([head, ...rows], { width, drop });
  const shown = lines.map((line, index) => {
    const health = healthOf(checks[index]!);
    return mark ? line.replace(GLYPHS[health], mark(health)) : line;
  });
  const advice = checks.flatMap((check) => wrapped(adviceLine(check), width));
  const blocks = advice.length > 0 ? ["", ...advice] : [];
  return [first!, ...shown, ...blocks, "", countsLine(checks)].join("\n") + "\n";
}

/** Empty where there is nothing to do: nobody is advised to start what was stopped on purpose. */
function adviceLine({ namespace, name, stopped, blockers }: Check): string {
  const [blocker] = blockers;
  if (!blocker || stopped) return "";
  const { reason, object, advice } = blocker;
  return `${namespace}/${name}: ${reason} ${object} → ${advice}`;
}

/** A command stays on one line where it fits one, so that it can be copied. */
const COMMAND_OR_WORD = /`[^`]*`\S*|\S+/g;

/** Lines of at most `width` cells, all but the first indented. */
function wrapped(text: string, width = Infinity): string[] {
  if (text === "") return [];
  const room = Math.max(1, width - INDENT.length);
  const lines: string[] = [];
  let line = "";
  for (const word of (text.match(COMMAND_OR_WORD) ?? []).flatMap((each) => pieces(each, room))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || displayWidth(longer) <= (lines.length === 0 ? width : room)) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((each, index) => index === 0 ? each : INDENT + each);
}

/** What is longer than a line: a command by its words, a word by its letters. */
function pieces(word: string, room: number): string[] {
  if (displayWidth(word) <= room) return [word];
  if (word.includes(" ")) return word.split(" ").flatMap((each) => pieces(each, room));
  const letters = [...word];
  const count = Math.ceil(letters.length / room);
  return Array.from(
    { length: count },
    (_, index) => letters.slice(index * room, (index + 1) * room).join(""),
  );
}

function countsLine(checks: readonly Check[]): string {
  const ready = checks.filter((check) => check.ready === "True" && !check.stopped);
  const unwell = ready.filter(isUnwell).length;
  const stopped = checks.filter((check) => check.stopped).length;
  const failing = checks.filter(isFailing).length;
  const services = checks.length === 1 ? "1 service" : `${checks.length} services`;
  const serving = `${ready.length} ready${unwell === 0 ? "" : ` (${unwell} not well)`}`;
  return `${services}: ${serving}, ${failing} not ready, ${stopped} stopped`;
}

/** Of one that is Ready; that its rollout is in a pause is no trouble. */
function isUnwell({ blockers }: Check): boolean {
  return blockers.some(({ reason }) => reason !== "RolloutPaused");
}

/** Not Ready, and nobody wanted it so. */
export function isFailing({ ready, stopped }: Check): boolean {
  return ready !== "True" && !stopped;
}

/** Numbers are numbers, units are in the keys, unknown is null. */
export function checkData(check: Check): Record<string, unknown> {
  const { namespace, name, ready, stopped, verdict, conditions, blockers, pods, serving } = check;
  const { scaling } = check;
  const { rps, ttftP95Us, itlP95Us, e2eP95Us, errorPpm, goodputPpm } = serving;
  return {
    namespace,
    name,
    ready,
    stopped,
    verdict,
    conditions,
    blockers,
    scaling: scaling.map((row) => ({ ...row, metric: row.metric ?? null })),
    pods: pods.map((pod) => ({ ...pod, node: pod.node ?? null })),
    notSimulated: serving.notSimulated ?? null,
    lastMinute: {
      requestsPerSecond: rps ?? null,
      ttftP95Ms: scaled(ttftP95Us, 1000),
      itlP95Ms: scaled(itlP95Us, 1000),
      e2eP95Ms: scaled(e2eP95Us, 1000),
      errorRate: scaled(errorPpm, 1e6),
      goodput: scaled(goodputPpm, 1e6),
      waiting: serving.waiting ?? null,
      kvCacheUsage: scaled(serving.kvPpm, 1e6),
    },
  };
}

function scaled(value: number | undefined, by: number): number | null {
  return value === undefined ? null : value / by;
}
