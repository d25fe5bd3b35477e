// Mooncake's request traces, read from their JSON Lines; it knows nothing of how they are played.

import { BlockTrie } from "./block_trie.ts";
import { MAX_TOKENS } from "./tokens.ts";
import type { TraceColumns, UnreadTrace } from "./trace_columns.ts";

/** Tokens of the block that one of `hash_ids` stands for (kvcache-ai/Mooncake 3b5a594, its README). */
const BLOCK_TOKENS = 512;

/** In µs it is still an exact integer. */
const MAX_TIMESTAMP_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

interface Row {
  readonly timestamp: number;
  readonly input_length: number;
  readonly output_length: number;
  readonly hash_ids?: readonly number[];
}

/**
 * Reads a Mooncake trace: a JSON object a line, with `timestamp` in ms, `input_length` and
 * `output_length` in tokens, and `hash_ids`, one for each 512 tokens of the prompt, the last block
 * perhaps not full. Equal ids at the same place after the same ids are equal tokens. A line without
 * `hash_ids` shares nothing. Lines may be out of order. A wrong line is the returned problem.
 */
export function parseMooncakeTrace(text: string): TraceColumns | UnreadTrace {
  const rows: Row[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = readLine(line);
    if (typeof row === "string") return { problem: `line ${index + 1} of the trace ${row}` };
    rows.push(row);
  }
  rows.sort((a, b) => a.timestamp - b.timestamp);
  const firstMs = rows[0]?.timestamp ?? 0;
  const trie = new BlockTrie();
  for (const { hash_ids = [], input_length } of rows) {
    trie.add(hash_ids, input_length, BLOCK_TOKENS);
  }
  const shared = trie.segments();
  return {
    atUs: rows.map(({ timestamp }) => Math.round((timestamp - firstMs) * 1000)),
    promptTokens: rows.map((row) => row.input_length),
    outputTokens: rows.map((row) => row.output_length),
    ...(shared.parents.length > 0 ? { shared } : {}),
  };
}

/** The request of a line, or what is wrong with it, to follow "line 3 of the trace". */
function readLine(line: string): Row | string {
  let value: unknown;
  try {
    // Trimmed of a byte order mark too, which is no JSON.
    value = JSON.parse(line.trim());
  } catch {
    return `is not a request: "${line.trim().slice(0, 60)}"`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `is not a request: "${line.trim().slice(0, 60)}"`;
  }
  const row = value as { readonly [field in keyof Row]: unknown };
  return problemOf(row) ?? row as Row;
}

function problemOf(row: { readonly [field in keyof Row]: unknown }): string | undefined {
  const { timestamp, input_length, output_length, hash_ids } = row;
  if (!(typeof timestamp === "number" && timestamp >= 0 && timestamp <= MAX_TIMESTAMP_MS)) {
    return `has no timestamp in ms from 0: ${said(timestamp)}`;
  }
  for (const [field, tokens] of Object.entries({ input_length, output_length })) {
    if (isTokens(tokens)) continue;
    return `has no whole number of tokens as ${field}: ${said(tokens)}`;
  }
  if (hash_ids === undefined) return undefined;
  if (!Array.isArray(hash_ids) || !hash_ids.every((id) => Number.isSafeInteger(id))) {
    return "has hash_ids that are not a list of whole numbers";
  }
  const blocks = Math.ceil(input_length as number / BLOCK_TOKENS);
  if (hash_ids.length === blocks) return undefined;
  return `has ${hash_ids.length} hash_ids where ${input_length} tokens in blocks of ` +
    `${BLOCK_TOKENS} have ${blocks}`;
}

function isTokens(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;
}

function said(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? "it is missing";
}
