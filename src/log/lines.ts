// From bytes to events: whole lines out of blocks, events out of lines, and how a log ends. Knows no file.
import type { LogPosition } from "./checkpoint.ts";
import { decodeLine } from "./codec.ts";
import type { LogEvent, LogFooter, Validate } from "./codec.ts";
import { LogFormatError } from "./format_error.ts";
import { sha256 } from "./hash.ts";

/** A longer line is damage: the widest fleets write some 100 KB a line. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 10;

/**
 * How a log ends. `line` is its last good line and `at` the virtual time there in µs: after `died` and
 * `corrupt` the state is that of the events before. `message` is one sentence for a person.
 */
export type LogEnding =
  | {
    readonly kind: "whole";
    readonly line: number;
    readonly at: number;
    readonly footer: LogFooter;
  }
  | { readonly kind: "died"; readonly line: number; readonly at: number; readonly message: string }
  | {
    readonly kind: "corrupt";
    readonly line: number;
    readonly at: number;
    readonly message: string;
  };

/** Cuts blocks of bytes after newlines and carries what is left over to the next one. */
export class LineSplitter {
  #carried: Uint8Array[] = [];
  #carriedBytes = 0;

  /** Bytes that wait for their newline. */
  get carriedBytes(): number {
    return this.#carriedBytes;
  }

  /** The whole lines there are with this block, newlines included; empty when there are none. */
  push(block: Uint8Array): Uint8Array {
    const end = block.lastIndexOf(NEWLINE) + 1;
    const head = block.subarray(0, end);
    const whole = end > 0 && this.#carriedBytes > 0 ? this.#join(head) : head;
    if (end > 0) this.#carry([]);
    // A copy: the block may be read into again.
    if (end < block.length) this.#carry([...this.#carried, block.slice(end)]);
    return whole;
  }

  #join(head: Uint8Array): Uint8Array {
    const joined = new Uint8Array(this.#carriedBytes + head.length);
    let at = 0;
    for (const part of [...this.#carried, head]) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  #carry(parts: Uint8Array[]): void {
    this.#carried = parts;
    this.#carriedBytes = parts.reduce((sum, part) => sum + part.length, 0);
  }
}

/** The lines of whole-line bytes, as {@linkcode LineSplitter} gives them. */
export function linesOf(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  // A byte order mark stays, so that a line's text hashes as its bytes do.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const lines = text.split("\n");
  lines.pop();
  return lines;
}

/** Reads lines as events, in order, from a place in a log on; stops for good where something is wrong. */
export class EventReader {
  #line: number;
  #at: number;
  #seq: number;
  #footer: LogFooter | undefined;
  #ending: LogEnding | undefined;
  readonly #file: string;
  readonly #validate: Validate | undefined;

  constructor(file: string, from: LogPosition, validate?: Validate) {
    this.#file = file;
    this.#line = from.line;
    this.#at = from.at;
    this.#seq = from.seq;
    this.#validate = validate;
  }

  /** Set once no event can follow. */
  get ending(): LogEnding | undefined {
    return this.#ending;
  }

  /** The place after the last line taken, `offset` in the file; nothing where no event can follow. */
  positionAt(offset: number): LogPosition | undefined {
    if (this.#footer !== undefined || this.#ending !== undefined) return undefined;
    return { offset, line: this.#line, at: this.#at, seq: this.#seq };
  }

  /** Lines taken so far, or before the place where reading began. */
  get line(): number {
    return this.#line;
  }

  /** Passes over the header, which must still be the one the log was opened with. */
  takeHeader(line: string | undefined, identity: string): void {
    if (line === undefined || sha256(line) !== identity) {
      throw new LogFormatError(this.#file, "it was written anew while it was read");
    }
    this.#line = 1;
  }

  take(lines: readonly string[]): LogEvent[] {
    const events: LogEvent[] = [];
    try {
      for (const line of lines) {
        const decoded = decodeLine(line, this.#file, this.#line + 1);
        if (this.#footer !== undefined) this.#refuse("comes after the footer");
        if ("event" in decoded) {
          this.#checkEvent(decoded.event);
          events.push(decoded.event);
        } else {
          this.#takeFooter(decoded.footer);
        }
        this.#line += 1;
      }
    } catch (error) {
      if (!(error instanceof LogFormatError)) throw error;
      this.fail(error);
    }
    return events;
  }

  /** Tells that the file ended, with so many bytes after the last newline. */
  finish(tornBytes: number): void {
    if (this.#ending !== undefined) return;
    const place = { line: this.#line, at: this.#at };
    if (this.#footer === undefined) {
      this.#ending = { kind: "died", ...place, message: this.#diedMessage() };
    } else if (tornBytes > 0) {
      this.fail(new LogFormatError(this.#file, `line ${this.#line + 1} comes after the footer`));
    } else {
      this.#ending = { kind: "whole", ...place, footer: this.#footer };
    }
  }

  /** Ends the log after the last good line. */
  fail(error: LogFormatError): void {
    this.#ending = { kind: "corrupt", line: this.#line, at: this.#at, message: error.message };
  }

  #checkEvent(event: LogEvent): void {
    if (event.at < this.#at) this.#refuse("goes back in time");
    if (event.seq <= this.#seq) {
      this.#refuse(`is out of order, seq ${event.seq} after ${this.#seq}`);
    }
    const problem = this.#validate?.(event);
    if (problem !== undefined) this.#refuse(`is not a valid "${event.kind}" event: ${problem}`);
    this.#at = event.at;
    this.#seq = event.seq;
  }

  #takeFooter(footer: LogFooter): void {
    const events = this.#line - 1;
    if (footer.events !== events) {
      this.#refuse(`is a footer for ${footer.events} events, after ${events}`);
    }
    this.#footer = footer;
  }

  #refuse(what: string): never {
    throw new LogFormatError(this.#file, `line ${this.#line + 1} ${what}`);
  }

  #diedMessage(): string {
    const place = `line ${this.#line}, virtual time ${this.#at / 1e6} s`;
    return `"${this.#file}" has no footer, its run died or goes on: it is whole up to ${place}`;
  }
}
