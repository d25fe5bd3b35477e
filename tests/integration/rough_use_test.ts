// What happens to a program that people use: two at once, killed, no home, no room, files cut in half.
import assert from "node:assert/strict";
import { join } from "node:path";
import { inTempDir, mtopCommand, type Outcome, type User, userIn, userOfFile } from "./program.ts";

const user = userOfFile();

const ok = (stdout: string): Outcome => ({ code: 0, stdout, stderr: "" });
const LINE = /^[^\n]+\n$/;

async function writeService(dir: string, name: string): Promise<void> {
  const manifest = {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name, namespace: "default" },
    spec: { model: { uri: "hf://meta-llama/Llama-3.1-8B-Instruct" }, replicas: 1 },
  };
  await Deno.writeTextFile(join(dir, `${name}.json`), JSON.stringify(manifest));
}

function asUser(test: (other: User) => Promise<void>): Promise<void> {
  return inTempDir((dir) => test(userIn(dir)));
}

function filesOf(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(join(dir, name)) : [join(dir, name)]
  );
}

Deno.test("two mtops that create at once lose nothing, and one name has one first", () =>
  asUser(async (other) => {
    const { dir } = other;
    for (const name of ["same", "a", "b"]) await writeService(dir, name);
    const outcomes = await Promise.all(
      ["same", "a", "same", "b", "same"].map((name) => other.mtop("create", `${name}.json`)),
    );
    assert.deepEqual(outcomes.map(({ code }) => code).sort(), [0, 0, 0, 1, 1]);
    for (const { code, stderr } of outcomes) {
      if (code === 1) assert.match(stderr, /^Error from server \(AlreadyExists\): .*"same"/);
      else assert.equal(stderr, "");
    }
    const names = (await other.data("get", "llmisvc", "-o", "name")).split("\n");
    for (const name of ["same", "a", "b"]) {
      assert.ok(names.includes(`llminferenceservice.serving.kserve.io/${name}`), name);
    }
  }));

Deno.test("a change that was cut in half is told once, and the rest is there", () =>
  asUser(async (other) => {
    const list = await other.data("list");
    await writeService(other.dir, "new-model");
    await other.data("create", "new-model.json");
    const [change] = filesOf(join(other.dir, "state")).filter((path) => path.endsWith(".json"));
    const text = await Deno.readTextFile(change!);
    await Deno.writeTextFile(change!, text.slice(0, text.length / 2));
    for (const _ of ["simulated", "from the cache"]) {
      const { code, stdout, stderr } = await other.mtop("list");
      assert.deepEqual({ code, stdout }, { code: 0, stdout: list });
      assert.match(stderr, LINE);
      assert.ok(stderr.startsWith(`warning: Cannot read the change in "${change}": `), stderr);
    }
    // Writing heals it.
    assert.match(await other.data("apply", "-f", "new-model.json"), /new-model created|configured/);
    assert.match(await other.data("list"), /^default +new-model /m);
  }));

Deno.test("kill -9 while the mock cluster is first simulated leaves nothing that is believed", () =>
  asUser(async (other) => {
    const present = join(other.dir, "cache/mtop/present");
    for (let round = 0; round < 3; round++) {
      const child = mtopCommand(["list"], {
        cwd: other.dir,
        env: { ...other.env },
        clearEnv: true,
        stdout: "null",
        stderr: "null",
      }).spawn();
      while (!hasFile(present)) await new Promise((resolve) => setTimeout(resolve, 2));
      await new Promise((resolve) => setTimeout(resolve, 40 * round));
      child.kill("SIGKILL");
      assert.equal((await child.status).signal, "SIGKILL");
    }
    assert.deepEqual(await other.mtop("list"), ok(await user.data("list")));
    const logs = ["logs", "gpt2", "-c", "main"];
    assert.equal(await other.data(...logs), await user.data(...logs));
  }));

function hasFile(dir: string): boolean {
  try {
    return [...Deno.readDirSync(dir)].length > 0;
  } catch {
    return false;
  }
}

Deno.test("a cached state that was cut in half is simulated again", () =>
  asUser(async (other) => {
    const list = await other.data("list");
    const present = join(other.dir, "cache/mtop/present");
    const [state] = filesOf(present).filter((path) => path.endsWith(".state"));
    await Deno.truncate(state!, 3000);
    assert.deepEqual(await other.mtop("list"), ok(list));
  }));

Deno.test("two mtops that simulate the mock cluster at once get the same", () =>
  asUser(async (other) => {
    const outcomes = await Promise.all([1, 2, 3].map(() => other.mtop("list")));
    const list = ok(await user.data("list"));
    assert.deepEqual(outcomes, [list, list, list]);
    assert.deepEqual(await other.mtop("list"), list);
    const left = filesOf(join(other.dir, "cache")).filter((path) => path.includes(".tmp"));
    assert.deepEqual(left, []);
  }));

Deno.test("a cache that cannot be written costs time and at most a line", () =>
  asUser(async (other) => {
    await Deno.writeTextFile(join(other.dir, "cache"), "a file");
    const { code, stdout, stderr } = await other.mtop("list");
    assert.deepEqual({ code, stdout }, { code: 0, stdout: await user.data("list") });
    assert.match(stderr, /^([^\n]*Cannot keep the simulated cluster[^\n]*\n)?$/);
  }));

Deno.test("a state directory that cannot be written is one sentence", () =>
  asUser(async (other) => {
    await Deno.writeTextFile(join(other.dir, "state"), "a file");
    await writeService(other.dir, "new-model");
    const { code, stdout, stderr } = await other.mtop("create", "new-model.json");
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^error: Cannot write to "[^"]*\/state\/mtop\/[^"]*": [^\n]*\n$/);
  }));

Deno.test("a user without a home can look, and is told why nothing can be kept", () =>
  asUser(async ({ dir, sh }) => {
    const homeless = "unset HOME XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME;";
    assert.deepEqual(await sh(`${homeless} mtop list`), ok(await user.data("list")));
    await writeService(dir, "new-model");
    assert.deepEqual(await sh(`${homeless} mtop create new-model.json`), {
      code: 1,
      stdout: "",
      stderr: "error: Cannot keep changes without a home: set HOME or XDG_STATE_HOME\n",
    });
    assert.deepEqual(filesOf(dir), [join(dir, "new-model.json")]);
  }));

Deno.test("a manifest that is none is told, and the others are shown", () =>
  asUser(async (other) => {
    await Deno.mkdir(join(other.dir, "mine"));
    await writeService(join(other.dir, "mine"), "a");
    await Deno.writeTextFile(join(other.dir, "mine/b.yaml"), "{ a: [");
    for (const _ of ["simulated", "from the cache"]) {
      const { code, stdout, stderr } = await other.mtop("--mocks", "mine", "list");
      assert.equal(code, 0);
      assert.match(stdout, /^default +a /m);
      assert.match(stderr, /^warning: Cannot read "[^"]*mine\/b\.yaml": [^\n]*\n$/);
    }
  }));

Deno.test("a folder that is not there is one sentence", async () => {
  for (const command of ["list", "top", "logs gpt2", "create x.json", "simulate canary"]) {
    const { code, stdout, stderr } = await user.mtop("--mocks", "nowhere", ...command.split(" "));
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, command);
    assert.match(stderr, /^error: [^\n]*(nowhere|x\.json)[^\n]*\n$/, command);
  }
});

Deno.test("a full disk behind standard output is one sentence and 1", async () => {
  for (const command of ["list", "top", "logs gpt2 -c main", "get pods -A -o json"]) {
    const { code, stderr } = await user.sh(`mtop ${command} > /dev/full`);
    assert.equal(code, 1, command);
    assert.match(stderr, /^error: Cannot write to standard output: [^\n]*\n$/, command);
  }
});
