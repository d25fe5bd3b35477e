// The lines of a run file: header, events, footer, as text and back. Knows no event kind and no file.
import { z } from "zod";
import { LogFormatError } from "./format_error.ts";

/** The format written; {@linkcode OLDEST_FORMAT} is the oldest one read. */
const FORMAT_VERSION = 1;
const OLDEST_FORMAT = 1;

/** What every event has. `at` is virtual time in µs; `seq` grows with every event of a log. */
export interface LogEvent {
  readonly at: number;
  readonly seq: number;
  readonly kind: string;
}

/**
 * How events become state. The state is plain JSON data, since a checkpoint of it goes to disk and
 * comes back; `apply` may change it and return the same object.
 */
export interface Fold<S> {
  /** Names the shape of the state; checkpoints written under another id are not read. */
  readonly id?: string;
  initial(): S;
  apply(state: S, event: LogEvent): S;
}

/** Says what is wrong with an event of a known shape, or nothing; a schema behind it is the caller's. */
export type Validate = (event: LogEvent) => string | undefined;

/** The log a fork began from: its name, the sha256 of its header line, the last event they share. */
export interface LogParent {
  readonly name: string;
  readonly identity: string;
  readonly at: number;
  readonly seq: number;
}

export interface LogHeader {
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly mtop: string;
  readonly deno: string;
  readonly v8: string;
  readonly kind: "simulation" | "live" | "recording";
  readonly seed: number;
  /** The whole frozen scenario, as data. */
  readonly scenario: unknown;
  readonly scenarioHash: string;
  /** The sha256 of every outside input, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly parent?: LogParent;
}

/** How many events came before, and {@linkcode RunHash}'s digest of them. */
export interface LogFooter {
  readonly events: number;
  readonly hash: string;
}

const headerSchema: z.ZodType<LogHeader> = z.object({
  formatVersion: z.literal(FORMAT_VERSION),
  mtop: z.string(),
  deno: z.string(),
  v8: z.string(),
  kind: z.enum(["simulation", "live", "recording"]),
  seed: z.int(),
  scenario: z.unknown(),
  scenarioHash: z.string(),
  inputs: z.record(z.string(), z.string()),
  parent: z.object({ name: z.string(), identity: z.string(), at: z.int(), seq: z.int() })
    .exactOptional(),
});

export function encodeHeader(header: LogHeader): string {
  const { formatVersion, ...rest } = header;
  return JSON.stringify({ formatVersion, ...rest });
}

export function encodeEvent(event: LogEvent): string {
  return JSON.stringify(event);
}

export function encodeFooter(footer: LogFooter): string {
  return JSON.stringify({ events: footer.events, hash: footer.hash });
}

/** Reads a log's first line; `file` is only named in the {@linkcode LogFormatError}. */
export function decodeHeader(line: string, file: string): LogHeader {
  if (line === "") throw new LogFormatError(file, "the file is empty");
  const value = parseObject(line);
  const version = value?.formatVersion;
  if (value === undefined || !Number.isSafeInteger(version)) {
    throw new LogFormatError(file, "this is not an mtop log");
  }
  const format = version as number;
  if (format > FORMAT_VERSION) {
    const reason =
      `written by a newer mtop (format ${format}, this one reads up to ${FORMAT_VERSION})`;
    throw new LogFormatError(file, reason);
  }
  if (format < OLDEST_FORMAT) {
    const reason =
      `written by an older mtop (format ${format}, this one reads from ${OLDEST_FORMAT})`;
    throw new LogFormatError(file, reason);
  }
  const header = headerSchema.safeParse(value);
  if (header.success) return header.data;
  const issue = header.error.issues[0];
  const field = issue?.path.join(".") || "it";
  throw new LogFormatError(file, `the header is not right, ${field}: ${issue?.message}`);
}

/** Reads any line but the first; `lineNumber` counts from 1, the header being line 1. */
export function decodeLine(
  line: string,
  file: string,
  lineNumber: number,
): { readonly event: LogEvent } | { readonly footer: LogFooter } {
  const value = parseObject(line);
  if (value !== undefined) {
    if (isCount(value.at) && isCount(value.seq) && typeof value.kind === "string") {
      return { event: value as unknown as LogEvent };
    }
    if (isCount(value.events) && typeof value.hash === "string" && value.kind === undefined) {
      return { footer: { events: value.events, hash: value.hash } };
    }
  }
  throw new LogFormatError(file, `line ${lineNumber} is not an event`);
}

/**
 * Throws when an event does not come back from a log as it went in, or not the same on every machine:
 * numbers must be whole (law 2), and everything else plain JSON. For tests, too slow for a run.
 */
export function assertPortable(event: LogEvent): void {
  checkPortable(event, "", `Cannot log event ${event.seq} ("${event.kind}")`);
}

function checkPortable(value: unknown, path: string, action: string): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return;
    throw new TypeError(`${action}: ${path} is ${Object.is(value, -0) ? "-0" : value}, no integer`);
  }
  if (!isPlain(value)) throw new TypeError(`${action}: ${path} is no plain data`);
  for (const [key, item] of Object.entries(value)) {
    checkPortable(item, path === "" ? key : `${path}.${key}`, action);
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
