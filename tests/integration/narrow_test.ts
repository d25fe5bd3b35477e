// Where the output goes: narrow terminals, terminals that can do little, no terminal, readers that leave.
import assert from "node:assert/strict";
import { userOfFile } from "./program.ts";

const user = userOfFile();

/** util-linux's `script` gives a program a terminal; without it there is none to be had here. */
const { success: hasTerminals } = await new Deno.Command("sh", {
  args: ["-c", "script -qec true /dev/null"],
  stdin: "null",
}).output();
const ESCAPE = "\x1b";
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38|4[0-7])(?:;\d+)*m/;
// deno-lint-ignore no-control-regex
const SEQUENCES = /\x1b\[[?\d;]*[A-Za-z]/g;

interface Place {
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Typed after a second. */
  readonly keys?: string;
}

/** What a command draws on a terminal; its standard error goes elsewhere. */
async function drawn(command: string, place: Place = {}): Promise<string> {
  const { columns = 100, env = {}, keys = "" } = place;
  const inside = `stty cols ${columns} rows 24; { $RUN_MTOP ${command}; } 2>/dev/null`;
  const typing = keys === "" ? "" : `{ sleep 1; printf '${keys}'; sleep 0.5; } |`;
  const { code, stdout, stderr } = await user.sh(
    `${typing} script -qec "${inside}" /dev/null`,
    { TERM: "xterm-256color", ...env },
  );
  assert.equal(code, 0, stdout + stderr);
  return stdout.replaceAll("\r\n", "\n");
}

function terminalTest(name: string, test: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasTerminals, fn: test });
}

for (const columns of [20, 40, 80]) {
  terminalTest(`mtop top keeps within ${columns} columns`, async () => {
    const lines = (await drawn("top --once", { columns })).replace(SEQUENCES, "").trimEnd()
      .split("\n");
    assert.match(lines[0]!, /^NAME|^NAMESPACE/);
    assert.ok(lines.length > 24, "what is printed once is not cut to the height");
    assert.ok(lines.some((line) => line.includes("gpt2")));
    assert.deepEqual(lines.filter((line) => [...line].length > columns), []);
  });
}

terminalTest("mtop on a terminal is live until q, and leaves the terminal as it was", async () => {
  const text = await drawn("", { columns: 40, keys: "q" });
  assert.ok(text.startsWith(`${ESCAPE}[?1049h`), JSON.stringify(text));
  assert.match(text.replace(SEQUENCES, ""), /^mtop mock .*gpt2/s);
  assert.ok(text.endsWith(`${ESCAPE}[?7h${ESCAPE}[?25h${ESCAPE}[?1049l`), JSON.stringify(text));
});

terminalTest("a terminal gets colours, unless NO_COLOR or --color=never is said", async () => {
  for (const command of ["top --once", "check"]) {
    // check's exit code is 1 when something is not Ready.
    const quiet = `${command} || true`;
    assert.match(await drawn(quiet), COLOURS, command);
    assert.doesNotMatch(await drawn(quiet, { env: { NO_COLOR: "1" } }), COLOURS, command);
    assert.doesNotMatch(await drawn(`--color=never ${quiet}`), COLOURS, command);
  }
});

terminalTest("TERM=dumb gets no escape sequence, and no live screen", async () => {
  const place = { env: { TERM: "dumb" } };
  for (const command of ["top --once", "list", "check || true", "get gpt2"]) {
    assert.ok(!(await drawn(command, place)).includes(ESCAPE), command);
  }
});

const READING = [
  "list",
  "get pods -A -o json",
  "top",
  "logs gpt2",
  "logs -l app.kubernetes.io/part-of=llminferenceservice --tail=-1",
  "describe pods -A",
  "events -A",
  "check gpt2",
];

Deno.test("without a terminal nothing but text is written", async () => {
  for (const command of ["", ...READING]) {
    const { code, stdout } = await user.sh(`mtop ${command} </dev/null`, { TERM: "xterm" });
    assert.equal(code, 0, command);
    assert.notEqual(stdout, "", command);
    assert.ok(!stdout.includes(ESCAPE), command);
  }
  const { stdout } = await user.sh("mtop --color=always check gpt2", { NO_COLOR: "1" });
  assert.match(stdout, COLOURS, "a flag wins over the environment");
});

Deno.test("the width of the environment is no terminal's: a pipe gets whole lines", async () => {
  const list = await user.data("list");
  assert.equal((await user.sh("mtop list | cat", { COLUMNS: "40" })).stdout, list);
});

for (const command of READING) {
  Deno.test(`mtop ${command} ends quietly when its reader leaves`, async () => {
    // The second reader leaves before there is anything to read.
    for (const [reader, lines] of [["head -1", 1], [":", 0]] as const) {
      const { stdout, stderr } = await user.sh(`{ mtop ${command}; echo $? >&2; } | ${reader}`);
      assert.equal(stdout.split("\n").length - 1, lines);
      const messages = stderr.split("\n").filter((line) =>
        !/has no log yet|^Found|^Defaulted/.test(line)
      );
      assert.deepEqual(messages, ["0", ""]);
    }
  });
}
