// Reads a recording of mtop with rows of single requests, a run for each pod; it knows no other event.

import { z } from "zod";
import { type ClientRow, figuresOf, servedRows, workloadOf } from "./client_rows.ts";
import { checked, counted, type FileRun, type FileRuns, tokens } from "./file_run.ts";

const micros = z.int().min(0);

/** The fields of the event `request` that count here. */
const rowSchema = z.object({
  kind: z.literal("request"),
  service: z.string(),
  pod: z.string().optional(),
  outcome: z.string(),
  arrivedUs: micros,
  ttftUs: micros.optional(),
  e2eUs: micros.optional(),
  promptTokens: tokens,
  cachedTokens: tokens,
  outputTokens: tokens,
  warmup: z.boolean().optional(),
});

type Row = z.output<typeof rowSchema>;

const rowsSchema = z.array(rowSchema);

/** Whether a line is the head of a recording. */
export function isRecordingHead(data: Readonly<Record<string, unknown>>): boolean {
  return "formatVersion" in data;
}

/**
 * The runs of a recording's lines. A pod is an engine of its own, and what it was sent is known, so
 * how requests were routed does not count.
 */
export function readRecording(lines: readonly unknown[], name: string): FileRuns {
  const isRow = (line: unknown) => (line as { kind?: unknown } | null)?.kind === "request";
  const rows = checked(rowsSchema, lines.filter(isRow));
  if ("problem" in rows) return rows;
  if (rows.data.length === 0) {
    return { problem: "it has no rows of single requests: record them with --record-requests" };
  }
  const pods = Map.groupBy(
    rows.data.filter(({ pod }) => pod !== undefined),
    ({ service, pod }) => `${service}/${pod}`,
  );
  const end = lines.at(-1) as { hash?: unknown } | null | undefined;
  const notes = end?.hash === undefined ? ["the recording has no end, and may lack requests"] : [];
  const runs = [...pods].flatMap(([pod, rows]) => runOf(pod, rows, name, notes) ?? []);
  return runs.length === 0 ? { problem: "none of its requests completed" } : { runs };
}

function runOf(
  pod: string,
  rows: readonly Row[],
  name: string,
  notes: readonly string[],
): FileRun | undefined {
  const completed = rows.filter(({ outcome }) => outcome === "completed");
  const served = servedRows(completed.map(clientRow));
  if (!served.some(({ warmup }) => !warmup)) return undefined;
  const lost = rows.length - served.length;
  const hits = completed.some(({ cachedTokens }) => cachedTokens > 0);
  return {
    id: `${name} ${pod}`,
    source: `${name}, a recording of mtop`,
    workload: workloadOf(served),
    measured: figuresOf(served),
    notes: [
      ...notes,
      ...(lost > 0 ? [`${counted(lost, "request")} did not complete, and are left out`] : []),
      ...(hits ? ["prompts share one prefix, as long as was found in the cache of each"] : []),
    ],
  };
}

function clientRow(row: Row): ClientRow {
  const { cachedTokens } = row;
  const inMs = (us: number | undefined) => us === undefined ? undefined : us / 1000;
  return {
    atUs: row.arrivedUs,
    promptTokens: row.promptTokens,
    outputTokens: row.outputTokens,
    ttftMs: inMs(row.ttftUs),
    e2eMs: inMs(row.e2eUs),
    warmup: row.warmup ?? false,
    ...(cachedTokens > 0 ? { prefix: { group: 0, tokens: cachedTokens } } : {}),
  };
}
