// The terminal while a screen is on it: taken whole, drawn in one write a frame, always given back.

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
export type SignalName = typeof SIGNALS[number];

export interface ScreenListener {
  /** What the user typed, as the terminal sends it. */
  typed(text: string): void;
  resized(): void;
  /** Somebody wants the process to end. */
  signalled(signal: SignalName): void;
}

/** What a live view draws on. A port: tests have one of their own. */
export interface Screen {
  readonly size: Size;
  /** False once nobody reads any more. */
  draw(lines: readonly string[]): boolean;
  /** The next frame is drawn whole. */
  forget(): void;
  listen(listener: ScreenListener): void;
}

/** Where a terminal does not say how large it is (a VT100's size). */
const FALLBACK: Size = { columns: 80, rows: 24 };

// Alternate screen, hidden cursor, no wrapping of what a terminal finds wider than we do; and back.
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
// Synchronized output: terminals that know it show the frame at once, others ignore it.
const BEGIN = "\x1b[?2026h";
const END = "\x1b[?2026l";

/**
 * What turns the frame before into this one: all of it where there is none, else the lines that
 * changed.
 */
export function frameText(before: readonly string[] | undefined, lines: readonly string[]): string {
  const changes = lines.flatMap((text, row) =>
    before?.[row] === text ? [] : [`\x1b[${row + 1};1H\x1b[2K${text}`]
  );
  const length = before === undefined || before.length > lines.length;
  // Of a frame that was longer the rest goes.
  const rest = before !== undefined && length ? `\x1b[${lines.length + 1};1H\x1b[J` : "";
  const clear = before === undefined ? "\x1b[H\x1b[2J" : "";
  return `${BEGIN}${clear}${changes.join("")}${rest}${END}`;
}

/** Calls back on the signals that ask a process to end, until it is disposed of. */
export function onSignals(listener: (signal: SignalName) => void): Disposable {
  const listeners = SIGNALS.map((name) => [name, () => listener(name)] as const);
  for (const [name, call] of listeners) Deno.addSignalListener(name, call);
  return {
    [Symbol.dispose]: () => {
      for (const [name, call] of listeners) Deno.removeSignalListener(name, call);
    },
  };
}

/** The exit code of a process that a signal ended, as shells have it. */
export function signalExitCode(signal: SignalName): number {
  return 128 + { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 }[signal];
}

/**
 * The process's own terminal, from its making to its disposal. It is given back before anything else
 * when a signal comes, when an error is not caught and when the process exits.
 */
export class Terminal implements Screen, Disposable {
  readonly #encoder = new TextEncoder();
  readonly #keyboard: boolean;
  #before: readonly string[] | undefined;
  #taken = true;
  #closed = false;
  #listener: ScreenListener | undefined;
  #signals: Disposable;

  constructor() {
    // Before the first byte: a signal between the two would leave the screen taken.
    this.#signals = onSignals((signal) => {
      this.restore();
      this.#listener?.signalled(signal);
    });
    for (const name of ["unload", "error", "unhandledrejection"]) {
      globalThis.addEventListener(name, this.#restore);
    }
    Deno.addSignalListener("SIGWINCH", this.#resized);
    this.#keyboard = Deno.stdin.isTerminal();
    if (this.#keyboard) Deno.stdin.setRaw(true);
    this.#write(ENTER);
  }

  get size(): Size {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : FALLBACK;
  }

  draw(lines: readonly string[]): boolean {
    if (!this.#taken) return false;
    const text = frameText(this.#before, lines);
    this.#before = [...lines];
    return this.#write(text);
  }

  forget(): void {
    this.#before = undefined;
  }

  listen(listener: ScreenListener): void {
    this.#listener = listener;
    if (this.#keyboard) void this.#read();
  }

  /** Gives the terminal back as it was found; safe to call at any time and again. */
  restore(): void {
    if (!this.#taken) return;
    this.#write(LEAVE);
    this.#taken = false;
    if (!this.#keyboard) return;
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone: nothing there to give back.
    }
  }

  [Symbol.dispose](): void {
    this.restore();
    this.#listener = undefined;
    this.#signals[Symbol.dispose]();
    Deno.removeSignalListener("SIGWINCH", this.#resized);
    for (const name of ["unload", "error", "unhandledrejection"]) {
      globalThis.removeEventListener(name, this.#restore);
    }
  }

  readonly #restore = (): void => this.restore();

  readonly #resized = (): void => {
    this.forget();
    this.#listener?.resized();
  };

  /** Ends with the terminal; the process does not wait for it. */
  async #read(): Promise<void> {
    const buffer = new Uint8Array(1024);
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const count = await Deno.stdin.read(buffer);
        if (count === null) break;
        this.#listener?.typed(decoder.decode(buffer.subarray(0, count), { stream: true }));
      }
    } catch {
      // A terminal that hung up: the next frame finds out, too.
    }
    this.#listener?.signalled("SIGHUP");
  }

  /** Whole, in one call where the terminal takes it; false when there is nobody any more. */
  #write(text: string): boolean {
    if (this.#closed) return false;
    try {
      const bytes = this.#encoder.encode(text);
      for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
    } catch {
      this.#closed = true;
    }
    return !this.#closed;
  }
}
