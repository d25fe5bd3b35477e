// mtop on a pseudo-terminal of its own, as its user sees it.

import { deepStrictEqual, ok } from "node:assert/strict";
import { MTOP } from "../mtop_command.ts";

const decoder = new TextDecoder();

/** util-linux's `script` makes a pseudo-terminal; without it there is none to be had here. */
async function hasScript(): Promise<boolean> {
  const found = new Deno.Command("sh", { args: ["-c", "script --version"], stdout: "piped" });
  const { success, stdout } = await found.output();
  return success && decoder.decode(stdout).includes("util-linux");
}

export const onTerminal: boolean = await hasScript();
export const ignore: boolean = !onTerminal;
if (!onTerminal) console.warn("no util-linux script(1): what needs a terminal is not tested");

export interface Session {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: string;
  /** A signal that mtop gets once it has taken the screen: before, it may be no one's to handle. */
  readonly signal?: "TERM" | "HUP" | "INT" | "QUIT";
  /** What is typed, once the screen shows these words. */
  readonly type?: readonly (readonly [RegExp, string])[];
}

export interface Seen {
  /** All that was sent to the terminal. */
  readonly output: string;
  readonly code: number;
  /** Whether the terminal's settings are those from before. */
  readonly restored: boolean;
}

/** The command line with every word quoted for a shell. */
export function quoted(args: readonly string[]): string {
  return args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** Whatever hangs is ended after so long, in seconds: longer than any session on a slow machine. */
const MOST_S = 180;

/** Runs `mtop …` on a pseudo-terminal of its own. */
export async function onPty(args: readonly string[], session: Session = {}): Promise<Seen> {
  const { columns = 80, rows = 16, env = "TERM=xterm", type = [] } = session;
  // A program in the background of a shell without job control gets no terminal but by name.
  const inside = `stty cols ${columns} rows ${rows}; before=$(stty -g)
    ${env} ${quoted(mtopArgs(args))} </dev/tty & pid=$!
    ${session.signal ? 'echo "pid=$pid"' : ":"}
    wait $pid; code=$?
    after=$(stty -g); echo; echo "code=$code"; [ "$before" = "$after" ] && echo "settings=kept"`;
  const child = new Deno.Command("sh", {
    args: ["-c", `exec timeout -k 5 ${MOST_S} script -qec "$1" /dev/null`, "sh", inside],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    env: { SHELL: "/bin/sh" },
  }).spawn();
  const keyboard = child.stdin.getWriter();
  const left = [...type];
  let output = "";
  let from = 0;
  let { signal } = session;
  for await (const chunk of child.stdout) {
    output += decoder.decode(chunk, { stream: true });
    const pid = /pid=(\d+)/.exec(output)?.[1];
    if (signal && pid && output.includes(ENTER)) {
      await new Deno.Command("sh", { args: ["-c", `kill -${signal} ${pid}`] }).output();
      signal = undefined;
    }
    const [next] = left;
    if (!next || !next[0].test(output.slice(from))) continue;
    left.shift();
    from = output.length;
    await keyboard.write(new TextEncoder().encode(next[1]));
  }
  await keyboard.close().catch(() => {});
  await child.status;
  deepStrictEqual(left, [], `not all was typed, the screen said:\n${output}`);
  return {
    output,
    code: Number(/code=(\d+)/.exec(output)?.[1]),
    restored: output.includes("settings=kept"),
  };
}

export function mtopArgs(args: readonly string[]): string[] {
  return [Deno.execPath(), ...MTOP, ...args];
}

export const ENTER = "\x1b[?1049h\x1b[?25l";
export const LEAVE = "\x1b[?25h\x1b[?1049l";

export function assertGivenBack({ output, restored }: Seen): void {
  const entered = output.indexOf(ENTER);
  const left = output.lastIndexOf(LEAVE);
  ok(entered >= 0, `the screen was never taken:\n${output}`);
  ok(left > entered, `the screen was not given back:\n${output}`);
  ok(restored, "the terminal's settings are others");
  ok(!output.slice(left + LEAVE.length).includes("\x1b"), "something was drawn afterwards");
}
