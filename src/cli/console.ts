// Text to the terminal or the pipe: whole writes, a quiet end when the reader went away.

import { CliError } from "./exit.ts";

/** Standard output, error, and what they are. */
export interface Console {
  /** Data. False once the reader closed the pipe. */
  out(text: string): boolean;
  /** Messages: warnings, progress, errors. */
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Columns of the terminal that `out` goes to; undefined for a pipe or a file. */
  readonly width: number | undefined;
}

const encoder = new TextEncoder();

/**
 * Without the control characters that a stranger's text may hold, which can do things to a terminal;
 * line ends, colours and the erasing of a line stay.
 */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/(?!\x1b\[[\d;]*[mK])[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, "");
}

/** The process's own streams. A closed pipe is no error: what follows is dropped. */
export function processConsole(): Console {
  const closed = { out: false, err: false };
  const write =
    (name: "out" | "err", stream: { writeSync(bytes: Uint8Array): number }) =>
    (text: string): boolean => {
      if (closed[name]) return false;
      try {
        const bytes = encoder.encode(printable(text));
        for (let sent = 0; sent < bytes.length;) sent += stream.writeSync(bytes.subarray(sent));
      } catch (error) {
        closed[name] = true;
        if (error instanceof Deno.errors.BrokenPipe) return false;
        const [reason] = String((error as Error).message).split(" (os error");
        const stream = name === "out" ? "output" : "error";
        throw new CliError(`Cannot write to standard ${stream}: ${reason}`);
      }
      return !closed[name];
    };
  return {
    out: write("out", Deno.stdout),
    err: write("err", Deno.stderr),
    outIsTerminal: Deno.stdout.isTerminal(),
    errIsTerminal: Deno.stderr.isTerminal(),
    width: terminalWidth(),
  };
}

/** Some terminals report no columns at all: those get what a pipe gets. */
function terminalWidth(): number | undefined {
  if (!Deno.stdout.isTerminal()) return undefined;
  const { columns } = Deno.consoleSize();
  return columns > 0 ? columns : undefined;
}

/** Colours only for a terminal, and not against NO_COLOR. */
export function marks(console: Console): { passed: string; failed: string } {
  if (!console.outIsTerminal || Deno.noColor) return { passed: "✓", failed: "✗" };
  return { passed: "\x1b[32m✓\x1b[39m", failed: "\x1b[1;31m✗\x1b[22;39m" };
}

/** The width as an option that is left out where there is none. */
export function widthOf({ width }: Console): { width?: number } {
  return width === undefined ? {} : { width };
}

/** Keeps what is written until its turn has come. What writes to it draws no progress of its own. */
export class HeldConsole implements Console {
  readonly outIsTerminal: boolean;
  readonly errIsTerminal = false;
  readonly width: number | undefined;
  readonly #console: Console;
  readonly #held: (readonly ["out" | "err", string])[] = [];

  constructor(console: Console) {
    this.#console = console;
    this.outIsTerminal = console.outIsTerminal;
    this.width = console.width;
  }

  out(text: string): boolean {
    this.#held.push(["out", text]);
    return true;
  }

  err(text: string): void {
    this.#held.push(["err", text]);
  }

  /** Writes it all, in the order in which it came; false once the reader closed the pipe. */
  release(): boolean {
    let isRead = true;
    for (const [stream, text] of this.#held.splice(0)) {
      if (stream === "err") this.#console.err(text);
      else isRead = this.#console.out(text);
    }
    return isRead;
  }
}

/** One line that is written over, on a terminal only: `12m30s of 30m (42 %)`. */
export class ProgressLine {
  readonly #console: Console;
  #shown = false;

  constructor(console: Console) {
    this.#console = console;
  }

  /** Whether anybody sees it. */
  get isShown(): boolean {
    return this.#console.errIsTerminal;
  }

  show(text: string): void {
    if (!this.isShown) return;
    this.#console.err(`\r\x1b[K${text}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#console.err("\r\x1b[K");
    this.#shown = false;
  }
}
