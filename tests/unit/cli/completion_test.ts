import assert from "node:assert/strict";
import { complete } from "../../../src/cli/completion.ts";
import type { Candidate, NameSource } from "../../../src/cli/completion_cluster.ts";
import { type CommandNode, treeOf } from "../../../src/cli/completion_tree.ts";
import { readLine } from "../../../src/cli/completion_words.ts";
import type { Console } from "../../../src/cli/console.ts";
import { commandTree } from "../../../src/cli/mtop.ts";
import fc from "../../fast_check.ts";

const TREE_FILE = new URL("../../../src/cli/completion_tree.json", import.meta.url);
const SILENT: Console = {
  out: () => true,
  err: () => {},
  outIsTerminal: false,
  errIsTerminal: false,
  width: undefined,
};
const program = await commandTree(SILENT, { exitCode: 0 });
const tree = treeOf(program);

/** A cluster of a few names, `RESOURCE@NAMESPACE` by what was asked for. */
const CLUSTER: Readonly<Record<string, readonly string[]>> = {
  "LLMInferenceService@default": ["gpt2", "llama"],
  "LLMInferenceService@chat": ["chatty"],
  "LLMInferenceService@": ["gpt2", "llama", "chatty"],
  "Pod@default": ["gpt2-0", "gpt2-1"],
  "LLMInferenceServiceConfig@default": ["edge"],
  "LLMInferenceServiceConfig@": ["edge", "system"],
  "Node@default": ["n1"],
};

const names = (values: readonly string[] = []): Promise<readonly Candidate[]> =>
  Promise.resolve(values.map((value) => ({ value })));

const cluster: NameSource = {
  namespace: () => Promise.resolve("default"),
  namespaces: () => names(["chat", "default"]),
  names: ({ kind }, namespace = "") => names(CLUSTER[`${kind}@${namespace}`]),
  containers: (target, namespace) => names([`main-of-${target}-in-${namespace}`]),
  topologies: () => names(["edge", "research"]),
};

async function answered(...words: string[]): Promise<{ values: string[]; directive: number }> {
  const lines = (await complete(words, tree, () => cluster)).trimEnd().split("\n");
  const directive = Number(lines.pop()!.slice(1));
  return { values: lines.map((line) => line.split("\t")[0]!), directive };
}

async function candidates(...words: string[]): Promise<string[]> {
  return (await answered(...words)).values;
}

Deno.test("completion_tree.json is the tree of the commands", () => {
  const text = `${JSON.stringify(tree, undefined, 2)}\n`;
  if (Deno.args.includes("--update")) Deno.writeTextFileSync(TREE_FILE, text);
  const kept = JSON.parse(Deno.readTextFileSync(TREE_FILE)) as CommandNode;
  assert.deepEqual(
    kept,
    JSON.parse(text),
    "deno test … tests/unit/cli/completion_test.ts -- --update",
  );
});

Deno.test("complete() offers the commands that help shows", async () => {
  const all = await candidates("");
  assert.ok(["get", "list", "top", "completion", "help"].every((name) => all.includes(name)));
  assert.ok(!all.includes("ldtop"));
  assert.deepEqual(await candidates("ge"), ["get"]);
  assert.deepEqual(await candidates("--mode", "mock", "ge"), ["get"]);
  assert.deepEqual(await candidates("help", "desc"), ["describe"]);
  assert.deepEqual(await candidates("help", "rollout", "st"), ["status"]);
  assert.deepEqual(await candidates("help", "rollout", "get", ""), []);
  assert.deepEqual(await candidates("help", "get", ""), []);
  assert.deepEqual(await candidates("nope", ""), []);
});

Deno.test("complete() describes candidates behind a tab", async () => {
  const text = await complete(["ver"], tree, () => cluster);
  assert.match(text, /^verify\tsimulate a recorded run again .+\nversion\t.+\n:4\n$/);
});

Deno.test("complete() offers the options of the command and of the program, each once", async () => {
  assert.deepEqual(await candidates("get", "--no"), ["--no-headers"]);
  assert.deepEqual(await candidates("get", "--no-headers", "--no"), []);
  assert.deepEqual(await candidates("get", "--mo"), ["--mode", "--mocks"].slice(0, 2));
  assert.deepEqual(await candidates("get", "--mode=mock", "--mo"), ["--mocks"]);
  assert.deepEqual(await candidates("apply", "-f", "a", "--file"), ["--filename"]);
  assert.deepEqual(await candidates("get", "--js"), []);
  assert.deepEqual(await candidates("get", "--vers"), []);
  assert.deepEqual(await candidates("get", "--", "--no"), []);
});

Deno.test("complete() offers the choices of an option, in each of its forms", async () => {
  assert.deepEqual(await candidates("--mode", ""), ["mock", "live"]);
  assert.deepEqual(await candidates("list", "--color", "a"), ["auto", "always"]);
  assert.deepEqual(await candidates("check", "-o", ""), ["text", "json"]);
  assert.deepEqual(await candidates("check", "--output=j"), ["--output=json"]);
  assert.deepEqual(await candidates("completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(await candidates("completion", "bash", ""), []);
});

Deno.test("complete() leaves no blank behind a format that wants more", async () => {
  assert.deepEqual(await answered("get", "-o", "jsonp"), { values: ["jsonpath="], directive: 6 });
  assert.deepEqual(await answered("get", "-o", "js"), {
    values: ["json", "jsonpath="],
    directive: 4,
  });
});

Deno.test("complete() leaves files and folders to the shell", async () => {
  for (const words of [["run", ""], ["create", "-f", ""], ["list", "--log", "x"], ["verify", ""]]) {
    assert.deepEqual(await answered(...words), { values: [], directive: 0 });
  }
  for (
    const words of [["diff", "a"], ["size", "./x"], ["run", "--from", ""], ["sweep", "--db", ""]]
  ) {
    assert.deepEqual(await answered(...words), { values: [], directive: 0 });
  }
  assert.deepEqual(await answered("--mocks", ""), { values: [], directive: 16 });
  assert.deepEqual(await answered("list", "--log="), { values: [], directive: 0 });
});

Deno.test("complete() leaves to the shell whatever help calls a file, a log or a folder", async () => {
  const files = /^(file|log|dir|path)$/;
  const asked = program.commands.flatMap((command) => [
    ...command.registeredArguments.filter((argument) => files.test(argument.name()))
      .map(() => [command.name(), ""]),
    ...command.options.filter(({ flags }) =>
      files.test(/[<[](\w+)(?:\.{3})?[>\]]/.exec(flags)?.[1] ?? "")
    )
      .map(({ long }) => [command.name(), long!, ""]),
  ]);
  assert.ok(asked.length > 30, `only ${asked.length} files`);
  for (const words of asked) {
    const { values, directive } = await answered(...words);
    assert.deepEqual(values, [], words.join(" "));
    assert.ok(directive === 0 || directive === 16, words.join(" "));
  }
});

Deno.test("complete() offers types and services, then the names of the type", async () => {
  const first = await candidates("get", "");
  assert.ok(
    ["pods", "nodes", "llminferenceservices", "gpt2"].every((word) => first.includes(word)),
  );
  assert.deepEqual(await candidates("get", "pods", ""), ["gpt2-0", "gpt2-1"]);
  assert.deepEqual(await candidates("get", "po", "gpt2-0", ""), ["gpt2-1"]);
  assert.deepEqual(await candidates("get", "pods,no"), ["pods,nodes"]);
  assert.deepEqual(await candidates("get", "po/"), ["po/gpt2-0", "po/gpt2-1"]);
  assert.deepEqual(await candidates("get", "gpt2", ""), []);
  assert.deepEqual(await candidates("get", "pods", "-A", ""), []);
  assert.deepEqual(await candidates("delete", "pods", ""), []);
  assert.deepEqual(await candidates("delete", "node", ""), ["n1"]);
});

Deno.test("complete() looks into the namespace of the line", async () => {
  assert.deepEqual(await candidates("check", ""), ["gpt2", "llama"]);
  for (const option of [["-n", "chat"], ["-nchat"], ["--namespace=chat"]]) {
    assert.deepEqual(await candidates("check", ...option, ""), ["chatty"]);
  }
  assert.deepEqual(await candidates("top", ""), ["gpt2", "llama", "chatty"]);
  assert.deepEqual(await candidates("top", "llama", ""), ["gpt2", "chatty"]);
  assert.deepEqual(await candidates("get", "-n", ""), ["chat", "default"]);
});

Deno.test("complete() knows what each argument and each option is the name of", async () => {
  assert.deepEqual(await candidates("logs", "gpt2"), ["gpt2", "gpt2-0", "gpt2-1"]);
  assert.deepEqual(await candidates("logs", "gpt2", "-c", ""), ["main-of-gpt2-in-default"]);
  assert.deepEqual(await candidates("config", ""), ["edge", "system"]);
  assert.deepEqual(await candidates("config", "-n", "default", ""), ["edge"]);
  assert.deepEqual(await candidates("config", "--for", "l"), ["llama"]);
  assert.deepEqual(await candidates("events", "--for", "pod/"), ["pod/gpt2-0", "pod/gpt2-1"]);
  assert.deepEqual(await candidates("simulate", "c"), ["canary"]);
  assert.deepEqual(await candidates("simulate", ""), ["canary", "blue-green", "rolling", "shadow"]);
  assert.deepEqual(await candidates("simulate", "canary", "g"), ["gpt2"]);
  assert.deepEqual(await candidates("simulate", "canary", "--topology", ""), ["edge", "research"]);
  assert.deepEqual(await candidates("size", "g"), ["gpt2"]);
  assert.deepEqual(await candidates("top", "--sort-by", "ttftp"), ["ttftp95"]);
  assert.deepEqual(await candidates("get", "--sort-by", ".metadata.na"), [
    ".metadata.name",
    ".metadata.namespace",
  ]);
});

Deno.test("complete() knows values that a command checks itself", async () => {
  assert.deepEqual(await candidates("apply", "--validate="), [
    "--validate=strict",
    "--validate=warn",
    "--validate=ignore",
  ]);
  assert.deepEqual(await candidates("calibrate", "--service", "g"), ["gpt2"]);
});

Deno.test("complete() says nothing when the cluster cannot be read", async () => {
  const broken = () => {
    throw new Error("no such folder");
  };
  assert.equal(await complete(["check", ""], tree, broken), ":4\n");
});

Deno.test("complete() answers any line with candidates that go on with its last word", async () => {
  const word = fc.constantFrom(
    "",
    "-",
    "--",
    "get",
    "logs",
    "-n",
    "--output=",
    "=",
    "a/b/c",
    "po,",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(word, fc.string()), { minLength: 1 }), async (words) => {
      const { values, directive } = await answered(...words);
      assert.ok([0, 4, 6, 16].includes(directive));
      assert.ok(values.every((value) => value.startsWith(words.at(-1)!)));
    }),
  );
});

Deno.test("readLine() takes the values of options for no operands", () => {
  const line = readLine(["--mocks", "dir", "get", "-An", "chat", "--dry-run", "pods", ""], tree);
  assert.equal(line.command.name, "get");
  assert.deepEqual(line.operands, ["pods"]);
  assert.equal(line.given.get("--namespace"), "chat");
  assert.ok(line.given.has("--all-namespaces"));
});
