import assert from "node:assert/strict";
import type { Command } from "@commander-js/extra-typings";
import { COMMAND_FILES } from "../../../src/cli/command_files.ts";
import type { Console } from "../../../src/cli/console.ts";
import { asJson } from "../../../src/cli/json_option.ts";
import { commandTree } from "../../../src/cli/mtop.ts";
import { adviceFor, ADVISED_REASONS } from "../../../src/report/advice.ts";
import { KEYMAP } from "../../../src/tui/keys.ts";
import { examplesIn } from "../../help_examples.ts";

/** Reasons whose advice goes by what is said, and what is said. */
const CLOSER_ADVICE = [
  ["Unschedulable", "device class gpu.nvidia.com does not exist"],
  ["Unschedulable", "1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }"],
  ["Unschedulable", "1 node(s) had untolerated taint {spot: true}"],
  [
    "Unschedulable",
    "3 Insufficient x. preemption: 0/3 nodes are available: 3 Preemption is not helpful",
  ],
  ["ConfigNotFound", '"kserve-config-llm-x" not found'],
  ["ErrorRateHigh", "errors 100% in the last minute: 3 rejected of 3 requests"],
  ["TriggerError", "x is not simulated"],
  ["NeverHeardOf", ""],
] as const;
const HELP_FILE = new URL("../../../src/cli/help.txt", import.meta.url);

/** The tree and what it printed; its commands do nothing but tell that they were understood. */
async function tree(name?: string) {
  const said: string[] = [];
  const understood: Command[] = [];
  const console: Console = {
    out: (text) => said.push(text) > 0,
    err: (text) => void said.push(text),
    outIsTerminal: false,
    errIsTerminal: false,
    width: undefined,
  };
  const program = await commandTree(console, { exitCode: 0 }, name);
  const commands = program.commands as unknown as Command[];
  for (const command of commands) {
    if (command.name() !== "help") command.action(() => void understood.push(command));
  }
  return { program, commands, said, understood };
}

function helpOf(command: Command, said: string[]): string {
  said.length = 0;
  command.outputHelp();
  return said.join("");
}

Deno.test("help.txt is the program's help", async () => {
  const { program, said } = await tree();
  const text = helpOf(program as Command, said);
  if (Deno.args.includes("--update")) Deno.writeTextFileSync(HELP_FILE, text);
  assert.equal(
    Deno.readTextFileSync(HELP_FILE),
    text,
    "deno test … tests/unit/cli/help_test.ts -- --update",
  );
});

Deno.test("every example of every help is understood", async () => {
  const { program, commands, said, understood } = await tree();
  const helps = [program, ...commands].map((command) => helpOf(command as Command, said));
  const examples = helps.flatMap(examplesIn).filter((example) => example !== "");
  assert.ok(examples.length > 50, `only ${examples.length} examples`);
  for (const example of examples) {
    // A tree for each: commander keeps what it parsed.
    const fresh = await tree();
    await fresh.program.parseAsync(example.split(" "), { from: "user" }).catch((error) => {
      assert.fail(`mtop ${example}: ${error.message}`);
    });
    assert.equal(fresh.understood.length, 1, example);
  }
  assert.deepEqual(understood, []);
});

Deno.test("every command that an advice of check names is understood, of a recorded run, too", async () => {
  const subject = {
    ...{ namespace: "team-a", service: "chat", object: "pod/chat-1" },
    worldFlags: " --log run.jsonl --at 5m",
  };
  const said = [...ADVISED_REASONS.map((reason) => [reason, ""] as const), ...CLOSER_ADVICE];
  const advice = said.map(([reason, message]) => adviceFor(reason, { ...subject, message }));
  const commands = advice.flatMap((text) =>
    [...text.matchAll(/`mtop ([^`]*)`/g)].map((m) => m[1]!)
  );
  assert.ok(commands.length > 50, `only ${commands.length} commands`);
  for (const command of new Set(commands)) {
    const fresh = await tree();
    await fresh.program.parseAsync(command.split(" "), { from: "user" }).catch((error) => {
      assert.fail(`mtop ${command}: ${error.message}`);
    });
    assert.equal(fresh.understood.length, 1, command);
  }
});

Deno.test("top's help names the keys that a footer names, and no others than there are", async () => {
  const { commands, said } = await tree("top");
  const help = helpOf(commands.find((one) => one.name() === "top")!, said);
  const block = /Keys on a terminal:\n([^]*?)\n\n/.exec(help)![1]!;
  const named = block.split(/ {2,}|\n/).filter((part) => part !== "").flatMap((part) =>
    part.split(" ").slice(0, /^\S \S /.test(part) ? 2 : 1)
  );
  const known = KEYMAP.flatMap(({ keys }) => keys);
  assert.deepEqual(named.filter((key) => !known.includes(key)), []);
  const doing = KEYMAP.filter(({ hint, about, answers, action }) =>
    hint !== undefined && about !== undefined && !answers && action.kind !== "close"
  );
  assert.deepEqual(doing.filter(({ keys }) => !keys.some((key) => named.includes(key))), []);
});

Deno.test("every command that help shows has an example, but for those that take nothing", async () => {
  const { commands, said } = await tree();
  const without = commands.filter((command) => examplesIn(helpOf(command, said)).length === 0);
  const shown = without.filter((command) => !(command as unknown as { _hidden: boolean })._hidden);
  assert.deepEqual(shown.map((command) => command.name()), ["api-resources", "version", "help"]);
});

Deno.test("the help of check, run, get and verify says what their exit codes mean", async () => {
  const { commands, said } = await tree();
  for (const name of ["check", "run", "get", "simulate", "verify"]) {
    const command = commands.find((one) => one.name() === name)!;
    assert.match(helpOf(command, said), /^Exit codes:\n {2}0 {4}\w/m, name);
  }
});

Deno.test("no line of any help is wider than a hundred columns", async () => {
  const { program, commands, said } = await tree();
  for (const command of [program as Command, ...commands]) {
    const wide = helpOf(command, said).split("\n").filter((line) => line.length > 100);
    assert.deepEqual(wide, []);
  }
});

Deno.test("each file of commands adds those that it is loaded for", async () => {
  const listed = new Map(COMMAND_FILES.map(({ names }) => [names[0] ?? "help", names]));
  const { commands, said } = await tree();
  assert.deepEqual(
    commands.map((command) => command.name()).sort(),
    [...COMMAND_FILES.flatMap(({ names }) => names), "help"].sort(),
  );
  for (const [first, names] of listed) {
    if (names.length === 0) continue;
    const alone = await tree(first);
    assert.deepEqual(alone.commands.map((command) => command.name()).sort(), [...names].sort());
    for (const command of alone.commands) {
      const whole = commands.find((each) => each.name() === command.name())!;
      assert.equal(helpOf(command, alone.said), helpOf(whole, said));
    }
  }
});

Deno.test("mtop help COMMAND prints what mtop COMMAND --help prints", async () => {
  const { program, commands, said } = await tree();
  const get = commands.find((command) => command.name() === "get")!;
  const wanted = helpOf(get, said);
  said.length = 0;
  await program.parseAsync(["help", "get"], { from: "user" });
  assert.equal(said.join(""), wanted);
});

Deno.test("mtop help takes what stands behind a command, as kubectl's does", async () => {
  const { program, commands, said } = await tree();
  const wanted = helpOf(commands.find((command) => command.name() === "rollout")!, said);
  said.length = 0;
  await program.parseAsync(["help", "rollout", "get"], { from: "user" });
  assert.equal(said.join(""), wanted);
});

Deno.test("mtop help of no command suggests the one that was meant", async () => {
  const { program } = await tree();
  await assert.rejects(program.parseAsync(["help", "gett"], { from: "user" }), /gett[^]*get\?/);
});

async function json(...args: string[]): Promise<unknown> {
  const { program, understood } = await tree();
  await program.parseAsync(args, { from: "user" });
  return understood[0]!.opts()["output" as never];
}

Deno.test("--json is -o json, before the command and after it", async () => {
  for (
    const name of ["get", "list", "check", "config", "top", "settings", "topologies", "events"]
  ) {
    assert.equal(await json("--json", name), "json", name);
    assert.equal(await json(name, "--json"), "json", name);
  }
  assert.equal(await json("replay", "run.jsonl", "--json"), "json");
  assert.equal(await json("list", "-o", "json", "--json"), "json");
});

Deno.test("--json is refused where a command prints no JSON, or is told to print something else", async () => {
  await assert.rejects(json("version", "--json"), /^Error: Cannot print JSON: mtop version has no/);
  await assert.rejects(json("delete", "gpt2", "--json"), /mtop delete has no -o json$/);
  await assert.rejects(json("list", "-o", "yaml", "--json"), /leave --json or -o yaml out$/);
});

Deno.test("asJson() takes a default for no other wish", async () => {
  const { commands } = await tree();
  const check = commands.find((command) => command.name() === "check")!;
  asJson(check);
  assert.equal(check.opts()["output" as never], "json");
});

Deno.test("options of the program are taken before the command and after it", async () => {
  for (const args of [["--mode", "mock", "list"], ["list", "--mode", "mock"]]) {
    const { program, understood } = await tree();
    await program.parseAsync(args, { from: "user" });
    assert.equal(understood[0]!.name(), "list");
    assert.equal((program.opts() as { mode?: string }).mode, "mock");
  }
});
