// A trace from the text of a file, in whichever known format: its columns, or why it is none.

import { AZURE_HEADER, parseAzureTrace } from "./azure_trace.ts";
import { parseMooncakeTrace } from "./mooncake_trace.ts";
import type { TraceColumns, UnreadTrace } from "./trace_columns.ts";

/**
 * Reads a trace in whichever of the known formats its first line is; what is wrong is returned. A
 * byte order mark before it, as spreadsheets write it, is no part of the text.
 */
export function parseTrace(file: string): TraceColumns | UnreadTrace {
  const text = file.replace(/^\uFEFF/, "");
  if (text.startsWith(AZURE_HEADER)) return parseAzureTrace(text);
  if (text.trimStart().startsWith("{")) return parseMooncakeTrace(text);
  return {
    problem: `this is not a trace: line 1 is neither "${AZURE_HEADER}" (Azure) nor a JSON object ` +
      `(Mooncake)`,
  };
}
