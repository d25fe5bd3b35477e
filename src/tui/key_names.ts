// What a terminal sends for each key, by the names that the keymap calls them.

/** What terminals send for keys that are no characters (xterm, VT220, linux console). */
const SEQUENCES: Readonly<Record<string, string>> = {
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1b[C": "right",
  "\x1b[D": "left",
  "\x1bOA": "up",
  "\x1bOB": "down",
  "\x1bOC": "right",
  "\x1bOD": "left",
  "\x1b[5~": "pgup",
  "\x1b[6~": "pgdn",
  "\x1b[H": "home",
  "\x1b[F": "end",
  "\x1bOH": "home",
  "\x1bOF": "end",
  "\x1b[1~": "home",
  "\x1b[4~": "end",
  "\x1bOP": "F1",
  "\x1b[11~": "F1",
  "\x1b[[A": "F1",
  "\x1b[21~": "F10",
};

const NAMED: Readonly<Record<string, string>> = {
  " ": "space",
  "\x03": "ctrl-c",
  "\x0c": "ctrl-l",
  "\r": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\x1b": "esc",
};

/** One sequence, else one character: what is not known as a sequence must not act as its letters. */
// deno-lint-ignore no-control-regex
const KEY = /\x1b\[\[[A-E]|\x1b\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]|\x1bO[\x40-\x7e]|[^]/gu;

/** The keys in what a terminal sent, by name; a sequence that is not known is `unknown`. */
export function parseKeys(text: string): string[] {
  return (text.match(KEY) ?? []).map((piece) => {
    const named = SEQUENCES[piece] ?? NAMED[piece];
    if (named !== undefined) return named;
    return piece.startsWith("\x1b") ? "unknown" : piece;
  });
}
