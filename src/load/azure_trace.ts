// Azure's LLM inference traces of 2023, read from their CSV; it knows nothing of how they are played.

import type { TraceColumns, UnreadTrace } from "./trace_columns.ts";

export const AZURE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";
const AZURE_LINE = new RegExp(
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) /.source +
    /([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,7}))?,(\d+),(\d+)$/.source,
);

/**
 * Reads an Azure LLM inference trace (CSV of timestamp, context tokens, generated tokens; times to
 * 100 ns, rounded down to the µs). Lines may be out of order. A wrong line is the returned problem.
 */
export function parseAzureTrace(text: string): TraceColumns | UnreadTrace {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.trim() !== AZURE_HEADER) {
    return { problem: `this is not an Azure LLM inference trace: line 1 is not "${AZURE_HEADER}"` };
  }
  const rows: { atUs: number; prompt: number; output: number }[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === "") continue;
    const fields = AZURE_LINE.exec(line.trim());
    if (!fields) {
      return { problem: `line ${index + 1} of the trace is not a request: "${line.slice(0, 60)}"` };
    }
    rows.push({ atUs: azureMicros(fields), prompt: Number(fields[8]), output: Number(fields[9]) });
  }
  rows.sort((a, b) => a.atUs - b.atUs);
  const firstUs = rows[0]?.atUs ?? 0;
  return {
    atUs: rows.map((row) => row.atUs - firstUs),
    promptTokens: rows.map((row) => row.prompt),
    outputTokens: rows.map((row) => row.output),
  };
}

function azureMicros(fields: RegExpExecArray): number {
  const [, year, month, day, hour, minute, second, fraction = ""] = fields;
  const days = daysSinceEpoch(Number(year), Number(month), Number(day));
  const seconds = days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return seconds * 1_000_000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

/** Days from 1970-01-01 in the Gregorian calendar, the year counted from March (Hinnant). */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + dayOfYear - 719_468;
}
