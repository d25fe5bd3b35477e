import assert from "node:assert/strict";
import { MTOP } from "../mtop_command.ts";
import { DENO_ENV, inTempDir, mtop, text } from "./program.ts";
import { root } from "./root.ts";

/** An empty home: no settings, no changes, no simulated present. */
function home(dir: string): Record<string, string> {
  return {
    ...DENO_ENV,
    HOME: dir,
    XDG_CACHE_HOME: `${dir}/cache`,
    XDG_STATE_HOME: `${dir}/state`,
    XDG_CONFIG_HOME: `${dir}/config`,
  };
}

async function candidates(env: Record<string, string>, ...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await mtop(["complete", "--", ...words], { env });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n").map((line) => line.split("\t")[0]!);
}

async function isThere(shell: string): Promise<boolean> {
  const command = new Deno.Command("sh", { args: ["-c", `command -v ${shell}`] });
  return (await command.output()).success;
}

/** Runs a script of a shell in a folder where the program is on the PATH as mtop. */
async function runShell(shell: string, script: string, dir: string): Promise<string> {
  await Deno.mkdir(`${dir}/bin`);
  const program = [Deno.execPath(), ...MTOP].map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(
    `${dir}/bin/mtop`,
    `#!/bin/sh\nexec ${program} "$@"\n`,
    { mode: 0o755 },
  );
  await Deno.writeTextFile(`${dir}/script`, script);
  const command = new Deno.Command("sh", {
    args: ["-c", `PATH="$PWD/bin:$PATH" exec ${shell} ./script`],
    cwd: dir,
    env: { NO_COLOR: "1", ...home(dir) },
  });
  const { code, stdout, stderr } = text(await command.output());
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}

Deno.test("mtop complete names what is in the mock cluster's files, and simulates nothing", async () => {
  await inTempDir(async (dir) => {
    const env = home(dir);
    assert.deepEqual(await candidates(env, "check", "gpt2"), ["gpt2", ":4"]);
    assert.deepEqual(await candidates(env, "get", "nodes", "cpu-"), [
      ...["cpu-1", "cpu-2", "cpu-3"],
      ":4",
    ]);
    assert.ok((await candidates(env, "simulate", "canary", "--topology", "")).includes("edge"));
    assert.ok((await candidates(env, "list", "-n", "")).includes("search"));
    // Pods come to be in a run: there was none, and Tab does not begin one, nor write anything.
    assert.deepEqual(await candidates(env, "get", "pods", ""), [":4"]);
    assert.deepEqual([...Deno.readDirSync(dir)], []);
  });
});

Deno.test("mtop complete names pods and containers of a present that is known", async () => {
  await inTempDir(async (dir) => {
    const env = home(dir);
    assert.equal((await mtop(["list"], { env })).code, 0);
    const pods = await candidates(env, "logs", "gpt2-kserve");
    assert.ok(pods.length > 1, pods.join());
    assert.deepEqual(await candidates(env, "logs", pods[0]!, "-c", "m"), ["main", ":4"]);
  });
});

Deno.test("mtop complete takes the folder of the line, and what the user changed", async () => {
  await inTempDir(async (dir) => {
    const env = home(dir);
    await Deno.mkdir(`${dir}/mocks`);
    const service = {
      apiVersion: "serving.kserve.io/v1alpha2",
      kind: "LLMInferenceService",
      metadata: { name: "mine" },
      spec: { model: { uri: "hf://facebook/opt-125m", name: "facebook/opt-125m" } },
    };
    await Deno.writeTextFile(`${dir}/mocks/mine.json`, JSON.stringify(service));
    const mocks = `${dir}/mocks`;
    assert.deepEqual(await candidates(env, "--mocks", mocks, "check", ""), ["mine", ":4"]);
    assert.deepEqual(await candidates({ ...env, MTOP_MOCKS: mocks }, "check", ""), ["mine", ":4"]);
    assert.equal((await mtop(["--mocks", mocks, "delete", "mine"], { env })).code, 0);
    assert.deepEqual(await candidates(env, "--mocks", mocks, "check", ""), [":4"]);
  });
});

Deno.test("mtop complete tells no error, whatever is wrong", async () => {
  await inTempDir(async (dir) => {
    const env = home(dir);
    assert.deepEqual(await candidates(env, "--mocks", "/no/such", "check", ""), [":4"]);
    assert.deepEqual(await candidates(env, "--mode", "live", "check", ""), [":4"]);
    assert.deepEqual(await candidates({ ...env, MTOP_CONFIG: "/no/such" }, "ge"), ["get", ":4"]);
    assert.deepEqual(await candidates(env), await candidates(env, ""));
  });
});

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`mtop completion ${shell} prints a script that begins with how to have it`, async () => {
    const { code, stdout, stderr } = await mtop(["completion", shell]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.ok(stdout.split("\n").slice(0, 4).join("\n").includes(`mtop completion ${shell}`));
    if (!await isThere(shell)) return;
    await inTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/completion`, stdout);
      const args = ["-c", `${shell} -n completion`];
      const checked = text(await new Deno.Command("sh", { args, cwd: dir }).output());
      assert.deepEqual(checked, { code: 0, stdout: "", stderr: "" });
    });
  });
}

Deno.test("mtop completion --help says how to have a command called mtop", async () => {
  const { stdout } = await mtop(["completion", "--help"]);
  const [, script = ""] = /In the folder of deno\.json:\n((?: {2}.*\n)+)/.exec(stdout)!;
  await inTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/.local/bin`, { recursive: true });
    const env = home(dir);
    const sh = (args: string[], cwd: string) => new Deno.Command("sh", { args, cwd, env }).output();
    assert.deepEqual(text(await sh(["-c", script], root)), { code: 0, stdout: "", stderr: "" });
    const asked = text(await sh(["-c", "~/.local/bin/mtop complete -- 'get' 'gpt2 '"], dir));
    assert.deepEqual(asked, { code: 0, stdout: ":4\n", stderr: "" });
    const said = text(await sh(["-c", "~/.local/bin/mtop complete -- versi"], dir));
    assert.match(said.stdout, /^version\t.*\n:4\n$/);
  });
});

Deno.test("mtop completion refuses a shell that it does not know", async () => {
  const { code, stderr } = await mtop(["completion", "csh"]);
  assert.equal(code, 1);
  assert.match(stderr, /bash, zsh, fish/);
});

const BASH = `
source <(mtop completion bash)
source <(mtop completion bash)
try() {
  COMP_LINE=$1 COMP_POINT=$2
  shift 2
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  compopt() { shift; printf '(%s) ' "$*"; }
  _mtop
  printf '%s\\n' "\${COMPREPLY[*]}"
}
try 'mtop compl' 10 mtop compl
try 'mtop get gpt2xyz' 13 mtop get gpt2xyz
try 'mtop  check   -o ' 17 mtop check -o ''
try 'mtop list --output=js' 21 mtop list --output = js
try 'mtop list --output=' 19 mtop list --output =
try 'mtop get -o jsonp' 17 mtop get -o jsonp
try 'mtop run ' 9 mtop run ''
try 'mtop --mocks ' 13 mtop --mocks ''
complete -p mtop
`;

Deno.test("the script for bash completes words, values behind =, and leaves files to bash", async () => {
  if (!await isThere("bash")) return;
  await inTempDir(async (dir) => {
    assert.deepEqual((await runShell("bash", BASH, dir)).trimEnd().split("\n"), [
      "completion",
      "gpt2",
      "text json",
      "json jsonpath=",
      "wide json yaml name jsonpath= custom-columns=",
      "(nospace) jsonpath=",
      "(default) ",
      "(dirnames) ",
      "complete -F _mtop mtop",
    ]);
  });
});

const FISH = `
source (mtop completion fish | psub)
complete -C 'mtop compl'
complete -C 'mtop get gpt2'
complete -C 'mtop list --output=js'
complete -C 'mtop --mocks bi'
complete -C 'mtop create --filename=scr'
`;

Deno.test("the script for fish completes words with descriptions, values behind = and paths", async () => {
  if (!await isThere("fish")) return;
  await inTempDir(async (dir) => {
    assert.deepEqual((await runShell("fish -N", FISH, dir)).trimEnd().split("\n"), [
      "completion\tprint a script that completes mtop's commands, options and names",
      "gpt2\topenai-community/gpt2",
      "--output=json",
      "--output=jsonpath=",
      "bin/",
      "--filename=script",
    ]);
  });
});

Deno.test("mtop help of no command says what was meant and exits with 1", async () => {
  const { code, stdout, stderr } = await mtop(["help", "gett"], { cwd: root });
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.equal(
    stderr,
    'error: unknown command "gett" for "mtop"\n\nDid you mean this?\n\tget\n\n',
  );
});
