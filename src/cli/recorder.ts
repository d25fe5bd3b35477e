// A run's recording while it runs: on disk within a second, whole up to the last line whatever happens.

import type { LogFooter, LogHeader } from "../log/codec.ts";
import type { LogWriteError } from "../log/file_error.ts";
import { LogFileWriter } from "../log/file_writer.ts";
import { nowMs } from "./drive.ts";

/** Taken before a scenario is loaded, as `nowMs` is. */
const { clearTimeout, setTimeout } = globalThis;

/** What was told is on disk no later than this: all that a kill -9 can cost. */
const FLUSH_MS = 1000;

export class Recorder implements Disposable {
  readonly #writer: LogFileWriter;
  #flushedMs = nowMs();
  /** Flushes what is followed by nothing: a run may stand still for hours. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Throws a `LogWriteError` when the file cannot be taken; nothing throws afterwards. */
  constructor(path: string, header: LogHeader) {
    this.#writer = LogFileWriter.open(path, header);
  }

  get path(): string {
    return this.#writer.path;
  }

  get failed(): LogWriteError | undefined {
    return this.#writer.failed;
  }

  append(lines: readonly string[]): void {
    this.#writer.append(lines);
    const restMs = FLUSH_MS - (nowMs() - this.#flushedMs);
    if (restMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), restMs);
  }

  /** Now, for what cannot be told a second time. */
  flush(): void {
    this.#stopTimer();
    this.#writer.flush();
    this.#flushedMs = nowMs();
  }

  /** Without a footer the log reads as one of a run that died. */
  close(footer?: LogFooter): void {
    this.#stopTimer();
    this.#writer.close(footer);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
