// What the program tells of itself, a structured line each on standard error. Knows no command.

import { LOG_LEVELS, type LogFormat, type LogLevel } from "./settings.ts";

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Levels that a line can have. */
export type LineLevel = Exclude<LogLevel, "silent">;

export interface Diagnostics {
  /** Whether lines of this level are written: for what would cost to put together. */
  enabled(level: LineLevel): boolean;
  /** One line about an operation, named `floor.verb` such as `present.simulate`. */
  log(level: LineLevel, op: string, message: string, attributes?: Attributes): void;
  /** Does the work, and writes at debug how long it took; also of work that fails or is async. */
  span<T>(op: string, work: () => T, attributes?: Attributes): T;
}

export interface DiagnosticsOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  write(line: string): void;
  /** What tells the lines of this process from others'; by default 8 random hex digits. */
  readonly run?: string;
  /** Milliseconds since the epoch, and those of a clock that never jumps. */
  readonly wallMs?: () => number;
  readonly elapsedMs?: () => number;
}

/** Tells nothing, for tests and for what runs without a program around it. */
export const NO_DIAGNOSTICS: Diagnostics = {
  enabled: () => false,
  log: () => {},
  span: (_, work) => work(),
};

/** Lines of this level and of those before it; at `silent` none. */
export function createDiagnostics(options: DiagnosticsOptions): Diagnostics {
  const { level, format, write, wallMs = Date.now } = options;
  const elapsedMs = options.elapsedMs ?? (() => performance.now());
  const rank = LOG_LEVELS.indexOf(level);
  if (rank <= 0) return NO_DIAGNOSTICS;
  const run = options.run ?? crypto.randomUUID().slice(0, 8);
  const enabled = (level: LineLevel) => LOG_LEVELS.indexOf(level) <= rank;
  const line = (
    level: LineLevel,
    op: string,
    rest: Omit<Line, "time" | "level" | "op" | "run">,
  ) => {
    if (!enabled(level)) return;
    const time = new Date(wallMs()).toISOString();
    const { ms, message, attributes } = rest;
    const fields = { time, level, op, ...(ms === undefined ? {} : { ms }), run };
    write(FORMATS[format]({
      ...fields,
      ...(message === undefined ? {} : { message }),
      ...(attributes === undefined ? {} : { attributes }),
    }));
  };
  return {
    enabled,
    log: (level, op, message, attributes) => line(level, op, { message, attributes }),
    span: (op, work, attributes) => {
      if (!enabled("debug")) return work();
      const began = elapsedMs();
      const end = (message?: string) => {
        const ms = Math.round((elapsedMs() - began) * 1000) / 1000;
        line("debug", op, { ms, message, attributes });
      };
      return timed(work, end);
    },
  };
}

interface Line {
  readonly time: string;
  readonly level: LineLevel;
  readonly op: string;
  readonly ms?: number | undefined;
  readonly run: string;
  readonly message?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

/** Calls `end` once the work is over, whether it returned, threw or was a promise. */
function timed<T>(work: () => T, end: (message?: string) => void): T {
  const failed = (error: unknown): never => {
    end(`failed: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  };
  let result: T;
  try {
    result = work();
  } catch (error) {
    return failed(error);
  }
  if (!(result instanceof Promise)) {
    end();
    return result;
  }
  return result.then((value) => {
    end();
    return value;
  }, failed) as T;
}

const FORMATS: { readonly [K in LogFormat]: (line: Line) => string } = {
  json: (line) => JSON.stringify(line) + "\n",
  text: ({ time, level, op, ms, run, message, attributes = {} }) => {
    const pairs = Object.entries({ ...attributes, run })
      .map(([name, value]) => `${name}=${quoted(String(value))}`);
    const words = [time, level.padEnd(5), op, ms === undefined ? "" : `${ms}ms`];
    return [...words, oneLine(message), ...pairs].filter((word) => word !== "").join(" ") + "\n";
  },
};

/** A message is one line, whatever an error put into it. */
function oneLine(message = ""): string {
  return message.replace(/\s*\n\s*/g, " ");
}

function quoted(value: string): string {
  return /[\s"=]/.test(value) || value === "" ? JSON.stringify(value) : value;
}
