// Tells by the content of a file which program wrote it, and reads it; it opens no file.

import { isAiperfRecord, isAiperfSummary, readAiperfRecords, readAiperfSummary } from "./aiperf.ts";
import { baseName, type FileRun, type FileRuns } from "./file_run.ts";
import { isGuidellm, readGuidellm } from "./guidellm.ts";
import {
  isInferencePerfEntry,
  isInferencePerfStage,
  readInferencePerfRequests,
  readInferencePerfStage,
} from "./inference_perf.ts";
import { isRecordingHead, readRecording } from "./recording.ts";
import { isVllmBench, readVllmBench } from "./vllm_bench.ts";

const UNKNOWN =
  "it is none of what guidellm, inference-perf, AIPerf and vllm bench serve write as " +
  "JSON, and no recording of mtop";

/** The runs of a file's text, named after the file, or a sentence about what is wrong with it. */
export function readMeasuredRuns(text: string, path: string): FileRuns {
  const name = baseName(path);
  const fail = (problem: string) => ({ problem: `Cannot read "${path}": ${problem}` });
  if (text.trim() === "") return fail("it is empty");
  const whole = parseJson(text);
  const read = "data" in whole ? readOne(whole.data, name) : readLines(text, whole.problem, name);
  return "problem" in read ? fail(read.problem) : read;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(data: unknown): Fields | undefined {
  return typeof data === "object" && data !== null && !Array.isArray(data)
    ? data as Fields
    : undefined;
}

/** Each format of one JSON document: how it is known, and its reader. */
const DOCUMENTS: readonly [(data: Fields) => boolean, (data: unknown, name: string) => FileRuns][] =
  [
    [isGuidellm, readGuidellm],
    [isInferencePerfStage, readInferencePerfStage],
    [isVllmBench, readVllmBench],
    [isAiperfRecord, (data, name) => readAiperfRecords([data], name)],
    [isAiperfSummary, readAiperfSummary],
    [isRecordingHead, (data, name) => readRecording([data], name)],
  ];

function readOne(data: unknown, name: string): FileRuns {
  if (Array.isArray(data)) {
    const first = fieldsOf(data[0]);
    return first && isInferencePerfEntry(first)
      ? readInferencePerfRequests(data, name)
      : { problem: UNKNOWN };
  }
  const fields = fieldsOf(data);
  if (!fields) return { problem: UNKNOWN };
  if ("experiments" in fields) {
    return {
      problem: "GenAI-Perf's raw export counts no tokens: give its summary instead " +
        "(profile_export_genai_perf.json)",
    };
  }
  const found = DOCUMENTS.find(([isIt]) => isIt(fields));
  return found ? found[1](data, name) : { problem: UNKNOWN };
}

/** JSON Lines: a recording, AIPerf's records, or results that vLLM appended to each other. */
function readLines(text: string, problem: string, name: string): FileRuns {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const first = parseJson(lines[0] ?? "");
  const head = "data" in first ? fieldsOf(first.data) : undefined;
  if (!head) return { problem: `it is no whole JSON (${problem})` };
  const reader = readerOfLines(head);
  if (!reader) return { problem: UNKNOWN };
  const parsed: unknown[] = [];
  for (const [index, line] of lines.entries()) {
    const data = parseJson(line);
    if ("data" in data) parsed.push(data.data);
    // A run that died has half a line at its end; all before it counts.
    else if (reader !== readRecording || index < lines.length - 1) {
      return { problem: `line ${index + 1} is no JSON (${data.problem})` };
    }
  }
  return reader(parsed, name);
}

function readerOfLines(head: Fields) {
  if (isRecordingHead(head)) return readRecording;
  if (isAiperfRecord(head)) return readAiperfRecords;
  return isVllmBench(head) ? readAppended : undefined;
}

function readAppended(results: readonly unknown[], name: string): FileRuns {
  const runs: FileRun[] = [];
  for (const [index, result] of results.entries()) {
    const read = readVllmBench(result, `${name} #${index}`);
    if ("problem" in read) return { problem: `result ${index + 1}: ${read.problem}` };
    runs.push(...read.runs);
  }
  return { runs };
}

/** Numbers that Python writes and JSON has not: NaN stands for what is unknown. */
const NO_NUMBERS = /(?<=[:[,]\s*)(-?)(Infinity|NaN)(?=\s*[,}\]])/g;

function parseJson(text: string): { readonly data: unknown } | { readonly problem: string } {
  try {
    return { data: JSON.parse(text) };
  } catch (error) {
    const fixed = text.replace(
      NO_NUMBERS,
      (_, sign: string, word: string) => word === "NaN" ? "null" : `${sign}1e999`,
    );
    if (fixed !== text) return parseJson(fixed);
    // The engine's message quotes the text, which may be long and is the user's own.
    return { problem: (error as Error).message.replace(/, (?:\.\.\.)?".*$/s, "") };
  }
}
