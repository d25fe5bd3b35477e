// The command lines of the original's manual, as they are written there, and where its mode is said.
import assert from "node:assert/strict";
import { type Outcome, userOfFile } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const user = userOfFile();

/** `namespace name` of every service that mtop brings. */
const SHIPPED: readonly string[] = [...Deno.readDirSync(fromFileUrl("mocks/crs"))]
  .map(({ name }) => JSON.parse(Deno.readTextFileSync(fromFileUrl(`mocks/crs/${name}`))))
  .map(({ metadata }) => `${metadata.namespace} ${metadata.name}`)
  .sort();

/** The first two cells of each row but the heading's. */
function servicesOf(table: string): string[] {
  return table.trimEnd().split("\n").slice(1)
    .map((line) => line.split(/\s+/).slice(0, 2).join(" ")).sort();
}

Deno.test("mtop help names every command once, and shows examples", async () => {
  const help = await user.data("help");
  const commands = help.match(/^ {2}([a-z]+)(?= )/gm)?.map((line) => line.trim()) ?? [];
  for (const name of ["top", "get", "list", "check", "logs", "config", "create", "delete"]) {
    assert.equal(commands.filter((each) => each === name).length, 1, name);
  }
  assert.match(help, /^Examples:\n( {2}mtop .*\n)+/m);
  assert.equal(await user.data("--help"), help);
});

Deno.test("mtop list shows each service that mtop brings", async () => {
  const list = await user.data("list");
  assert.match(list, /^NAMESPACE +NAME +URL +READY +REASON +AGE\n/);
  assert.deepEqual(servicesOf(list), SHIPPED);
});

Deno.test("mtop get gpt2 shows it, and nothing else", async () => {
  const get = await user.data("get", "gpt2");
  assert.match(get, /^NAME +URL +READY +REASON +AGE\ngpt2 +http:\S+ +True +\d+d\n$/);
});

Deno.test("mtop prints one table of the fleet to a pipe and ends", async () => {
  const table = await user.data();
  assert.match(table, /^NAMESPACE +NAME +STATE +READY +RPS +TTFTp95 +ITLp95 +KV% +WAIT +ERR% /);
  assert.deepEqual(servicesOf(table), SHIPPED);
  assert.equal(await user.data("top"), table);
  assert.equal(await user.data("--mode", "mock"), table);
});

Deno.test("mtop --mode mock simulate canary rehearses a rollout and judges it", async () => {
  const { code, stdout } = await user.mtop("--mode", "mock", "simulate", "canary");
  assert.equal(code, 0);
  assert.match(stdout, /✓ \S+ is completed/);
  assert.match(stdout, /TrafficWeightUpdated/);
});

Deno.test("mtop simulate rehearses every strategy, also on a topology that describes another", async () => {
  for (const strategy of ["blue-green", "bluegreen", "rolling", "shadow"]) {
    const { code, stdout } = await user.mtop("simulate", strategy, "--topology", "edge");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /✓ llama-3-2-3b is completed/);
  }
  const { code, stderr } = await user.mtop("simulate", "blue");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: Cannot simulate "blue": known: canary, blue-green, rolling, shadow$/m,
  );
});

Deno.test("the mock mode can be said in each place where a mode can", async () => {
  const list = await user.data("list");
  const quiet = (stdout: string): Outcome => ({ code: 0, stdout, stderr: "" });
  for (const name of ["LLD_MODE", "MTOP_MODE"]) {
    assert.deepEqual(await user.sh(`${name}=mock mtop list`), quiet(list), name);
  }
  assert.equal(await user.data("list", "--mode", "mock"), list);
  assert.equal(await user.data("--mode=mock", "list"), list);
});

Deno.test("the live mode is refused in one sentence, wherever it is said", async () => {
  const scripts = [
    "mtop --mode live list",
    "mtop list --mode live",
    "mtop --mode live",
    "mtop --mode live simulate canary",
    "MTOP_MODE=live mtop list",
    "LLD_MODE=live mtop list",
    "LLD_MODE=live mtop",
  ];
  for (const script of scripts) {
    const { code, stdout, stderr } = await user.sh(script);
    assert.equal(code, 1, script);
    assert.equal(stdout, "", script);
    assert.match(stderr, /^error: Live mode comes with a later release: .*\n$/, script);
  }
  // A flag wins over the environment.
  assert.equal((await user.sh("LLD_MODE=live mtop --mode mock list")).code, 0);
});

Deno.test("a mode that does not exist is refused", async () => {
  for (const script of ["mtop --mode moc list", "MTOP_MODE=moc mtop list"]) {
    const { code, stdout, stderr } = await user.sh(script);
    assert.equal(code, 1, script);
    assert.equal(stdout, "", script);
    assert.match(stderr, /^error: .*mode.*moc/is, script);
  }
});

Deno.test("a folder without services is an empty cluster to every command", async () => {
  await Deno.mkdir(`${user.dir}/empty`);
  const mtop = (...args: readonly string[]) => user.mtop("--mocks", "empty", ...args);
  const nothing = { code: 0, stdout: "", stderr: "No resources found\n" };
  assert.deepEqual(await mtop("list"), nothing);
  assert.deepEqual(await mtop("check"), nothing);
  assert.deepEqual(JSON.parse((await mtop("list", "-o", "json")).stdout).items, []);
  assert.deepEqual(JSON.parse((await mtop("top", "-o", "json")).stdout).services, []);
  assert.deepEqual(await mtop(), nothing);
});

Deno.test("options without a command are those of top", async () => {
  const support = /^NAME +STATE .*\nassistant-v1 /;
  for (
    const args of [["-n", "support"], ["--mode=mock", "-n", "support"], ["top", "-n", "support"]]
  ) {
    assert.match((await user.mtop(...args)).stdout, support);
  }
  assert.match((await user.mtop("--mode=mock", "list")).stdout, /^NAMESPACE +NAME +URL/);
});

Deno.test("simulate takes a service as its configs make it, and says what keeps it from that", async () => {
  const plan = await user.mtop(
    "simulate",
    "canary",
    "mistral-small-24b",
    "-n",
    "support",
    "--plan",
  );
  assert.match(plan.stdout, /mistral-small-24b +3 replicas/);
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["granite-3-3-8b", "staging", /LLMInferenceServiceConfig "granite-tuned" not found/],
    ["phi-3-mini", "research", /its annotation mtop.dev\/rps is 0/],
    ["gemma-2-9b", "research", /it is stopped by its annotation serving\.kserve\.io\/stop/],
  ];
  for (const [name, namespace, words] of refused) {
    const { code, stdout, stderr } = await user.mtop("simulate", "canary", name, "-n", namespace);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, words);
  }
});

Deno.test("a rehearsal of a service of another namespace says which", async () => {
  const elsewhere = { code: 1, stdout: "" };
  for (
    const command of [["simulate", "canary", "qwen3-32b-pd"], [
      "size",
      "qwen3-32b-pd",
      "--rps",
      "2",
    ]]
  ) {
    const words = 'Cannot find "qwen3-32b-pd" in the namespace "default": add -n search';
    assert.deepEqual(await user.mtop(...command), { ...elsewhere, stderr: `error: ${words}\n` });
  }
  const { stderr } = await user.mtop("simulate", "canary", "nosuch");
  assert.match(stderr, /^Error from server \(NotFound\): llminferenceservices/);
});
