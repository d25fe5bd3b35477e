// What the program that mtop stands in for did wrong stays dead: one test for each of its bugs.
import assert from "node:assert/strict";
import { join } from "node:path";
import { inTempDir, mtop, type Outcome, type User, userIn, userOfFile } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const user = userOfFile();
const MOCKS = fromFileUrl("mocks");

interface Item {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly status?: {
    readonly containerStatuses?: readonly { readonly name: string; readonly state: object }[];
  };
}

async function items(...args: readonly string[]): Promise<readonly Item[]> {
  return JSON.parse(await user.data(...args, "-o", "json")).items;
}

const ok = (stdout: string): Outcome => ({ code: 0, stdout, stderr: "" });
const failed = (stderr: string): Outcome => ({ code: 1, stdout: "", stderr });

/** Every file below, with its text and the time of its last change. */
function treeOf(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) => {
    const path = join(dir, name);
    if (isDirectory) return treeOf(path);
    return [`${path} ${Deno.statSync(path).mtime?.getTime()} ${Deno.readTextFileSync(path)}`];
  }).sort();
}

function manifest(name: string, namespace = "default"): string {
  return JSON.stringify({
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name, namespace },
    spec: { model: { uri: "hf://meta-llama/Llama-3.1-8B-Instruct", name: "x" }, replicas: 1 },
  });
}

/** Behind the server's line where the word alone might be a type, too. */
const HINT = 'did you mean the type "node"?';

for (
  const [command, words] of [
    ["get nope", 'llminferenceservices.serving.kserve.io "nope" not found\n' + HINT],
    ["get nope -o json", 'llminferenceservices.serving.kserve.io "nope" not found\n' + HINT],
    ["get pods nope", 'pods "nope" not found'],
    ["check nope", 'llminferenceservices.serving.kserve.io "nope" not found'],
    ["describe nope", 'llminferenceservices.serving.kserve.io "nope" not found\n' + HINT],
    ["delete nope", 'llminferenceservices.serving.kserve.io "nope" not found'],
    ["top nope", 'llminferenceservices.serving.kserve.io "nope" not found'],
  ] as const
) {
  Deno.test(`mtop ${command} fails on standard error`, async () => {
    const outcome = await user.mtop(...command.split(" "));
    assert.deepEqual(outcome, failed(`Error from server (NotFound): ${words}\n`));
  });
}

Deno.test("mtop logs of a pod that is not there fails on standard error", async () => {
  const words = 'error: error from server (NotFound): pods "nope" not found in namespace "default"';
  assert.deepEqual(await user.mtop("logs", "nope"), failed(`${words}\n`));
});

Deno.test("whatever list shows, get gets", async () => {
  const services = await items("list");
  const namespaces = new Set(services.map(({ metadata }) => metadata.namespace));
  assert.ok(services.length >= 24 && namespaces.size >= 3);
  for (const namespace of namespaces) {
    const names = services.filter(({ metadata }) => metadata.namespace === namespace)
      .map(({ metadata }) => metadata.name);
    const got = await items("get", "llmisvc", ...names, "-n", namespace);
    assert.deepEqual(got.map(({ metadata }) => metadata.name), names);
  }
});

Deno.test("create refuses a name that leads elsewhere, and writes nothing anywhere", () =>
  inTempDir(async (dir) => {
    const other = userIn(dir);
    for (const name of ["../../x", "gpt/2", "/etc/x", "..", "a b", "GPT2"]) {
      await Deno.writeTextFile(join(dir, "x.json"), manifest(name));
      const before = [treeOf(dir), treeOf(MOCKS)];
      const { code, stdout, stderr } = await other.mtop("create", "x.json");
      assert.equal(code, 1, name);
      assert.equal(stdout, "", name);
      assert.match(stderr, /The LLMInferenceService ".*" is invalid: metadata\.name: /, name);
      assert.deepEqual([treeOf(dir), treeOf(MOCKS)], before, name);
    }
  }));

Deno.test("create refuses a namespace that leads elsewhere", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(join(dir, "x.json"), manifest("x", "../../y"));
    const before = treeOf(dir);
    const { code, stdout } = await userIn(dir).mtop("create", "-f", "x.json");
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.deepEqual(treeOf(dir), before);
  }));

Deno.test("create checks what it is given", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(join(dir, "x.json"), '{"metadata": {"name": "x"}}');
    const { code, stderr } = await userIn(dir).mtop("create", "x.json");
    assert.equal(code, 1);
    assert.match(stderr, /^error: unable to decode "x\.json": Object 'Kind' is missing/);
  }));

Deno.test("create twice is refused, and the first stays", () =>
  inTempDir(async (dir) => {
    const other = userIn(dir);
    await Deno.writeTextFile(join(dir, "x.json"), manifest("new-model"));
    const made = "llminferenceservice.serving.kserve.io/new-model created\n";
    assert.deepEqual(await other.mtop("create", "x.json"), ok(made));
    await Deno.writeTextFile(
      join(dir, "x.json"),
      manifest("new-model").replace("8B-Instruct", "70B"),
    );
    const refused = await other.mtop("create", "x.json");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Error from server \(AlreadyExists\): .*"new-model" already/);
    const uri = await other.data("get", "new-model", "-o", "jsonpath={.spec.model.uri}");
    assert.equal(uri, "hf://meta-llama/Llama-3.1-8B-Instruct");
  }));

Deno.test("delete touches no file that mtop came with, and create brings it back", () =>
  inTempDir(async (dir) => {
    const other = userIn(dir);
    const before = treeOf(MOCKS);
    const deleted = 'llminferenceservice.serving.kserve.io "gpt2" deleted\n';
    assert.deepEqual(await other.mtop("delete", "gpt2"), ok(deleted));
    assert.equal((await other.mtop("get", "gpt2")).code, 1);
    assert.doesNotMatch(await other.data("list", "-n", "default"), /^gpt2 /m);
    assert.deepEqual(treeOf(MOCKS), before);
    const file = before.find((line) => line.includes("/crs/") && line.includes('"gpt2"'));
    assert.equal((await other.mtop("create", file!.split(" ")[0]!)).code, 0);
    assert.match(await other.data("get", "gpt2"), /^gpt2 /m);
  }));

Deno.test("a dry run changes nothing", () =>
  inTempDir(async (dir) => {
    const other = userIn(dir);
    await Deno.writeTextFile(join(dir, "x.json"), manifest("new-model"));
    const before = treeOf(dir);
    assert.match(await other.data("create", "x.json", "--dry-run=client"), /created \(dry run\)$/m);
    assert.match(await other.data("delete", "gpt2", "--dry-run=client"), /deleted \(dry run\)$/m);
    assert.deepEqual(treeOf(dir), before);
  }));

const JSON_COMMANDS = [
  "list",
  "get gpt2",
  "get pods,nodes,deployments,events,inferencepools,httproutes -A",
  "get llminferenceserviceconfigs -A",
  "events -A",
  "check",
  "check gpt2",
  "config",
  "config --for gpt2",
  "top",
  "slo-dashboard",
  "topologies",
  "simulate canary",
  "settings",
];

for (const command of JSON_COMMANDS) {
  Deno.test(`mtop ${command} -o json prints one document and nothing else`, async () => {
    const { stdout, stderr } = await user.mtop(...command.split(" "), "-o", "json");
    assert.equal(typeof JSON.parse(stdout), "object");
    // Simulating says on standard error how long it took.
    if (!command.startsWith("simulate")) assert.equal(stderr, "");
  });
}

Deno.test("--json is -o json, before and after the command", async () => {
  for (const command of [["list"], ["get", "gpt2"], ["config"], ["top"], ["check", "gpt2"]]) {
    const document = await user.data(...command, "-o", "json");
    assert.equal(await user.data("--json", ...command), document, command.join(" "));
    assert.equal(await user.data(...command, "--json"), document, command.join(" "));
  }
});

Deno.test("every container that started has a log, and the others say why they have none", async () => {
  const pods = await items("get", "pods", "-A");
  const namespaces = new Set(pods.map(({ metadata }) => metadata.namespace));
  let waiting = 0;
  for (const namespace of namespaces) {
    // Pods that have none are named on standard error.
    const { stdout } = await user.mtop(
      ...["logs", "-l", "app.kubernetes.io/part-of=llminferenceservice", "--all-containers"],
      ...["--tail", "1", "--prefix", "-n", namespace],
    );
    const lines = stdout.trimEnd().split("\n");
    const told = new Set(lines.map((line) => /^\[pod\/([^\]]+)\] \S/.exec(line)?.[1]));
    for (const { metadata: { name }, status } of pods.filter(isIn(namespace))) {
      for (const { name: container, state } of status?.containerStatuses ?? []) {
        const started = "running" in state || "terminated" in state;
        if (started) assert.ok(told.has(`${name}/${container}`), `${namespace}/${name} is silent`);
        else if (!told.has(`${name}/${container}`)) {
          waiting++;
          await assertNotStarted(namespace, name, container);
        }
      }
    }
  }
  assert.ok(waiting > 0, "the mock fleet has a pod that waits");
});

const isIn = (namespace: string) => ({ metadata }: Item) => metadata.namespace === namespace;

async function assertNotStarted(namespace: string, pod: string, container: string): Promise<void> {
  const { code, stdout, stderr } = await user.mtop("logs", pod, "-c", container, "-n", namespace);
  assert.equal(code, 1, pod);
  assert.equal(stdout, "", pod);
  const begin = `Error from server (BadRequest): container "${container}" in pod "${pod}" is `;
  assert.ok(stderr.startsWith(begin), stderr);
}

Deno.test("every service has a log by its own name", async () => {
  for (const name of ["gpt2", "llama-3-70b", "mixtral-8x7b"]) {
    const { code, stdout } = await user.mtop("logs", name, "--tail", "3");
    assert.equal(code, 0, name);
    assert.equal(stdout.trimEnd().split("\n").length, 3, name);
  }
});

Deno.test("no number is made at random: two who never ran mtop see the same bytes", () =>
  inTempDir(async (dir) => {
    const other: User = userIn(dir);
    const commands = [
      ["list"],
      ["top", "-o", "json"],
      ["logs", "gpt2", "-c", "main"],
      ["describe", "gpt2"],
      ["describe", "pods", "-n", "staging"],
      ["events", "-A"],
      ["check", "gpt2"],
    ];
    for (const command of commands) {
      assert.equal(await other.data(...command), await user.data(...command), command.join(" "));
    }
  }));

Deno.test("a rehearsal is made of its seed: one seed one result, two seeds two", async () => {
  const run = async (seed: string) => {
    const { stdout } = await user.mtop("simulate", "canary", "--seed", seed, "-o", "json");
    // The one figure that is measured, not simulated.
    const { wallSeconds: _, ...result } = JSON.parse(stdout);
    return result;
  };
  const first = await run("3");
  assert.deepEqual(await run("3"), first);
  assert.notDeepEqual((await run("4")).services, first.services);
});

for (
  const [old, command] of [
    ["ldtop", "top"],
    ["ldtop --namespace support --interval 0.5", "top -n support"],
    ["watch", "top"],
    ["health", "check"],
    ["list-topologies", "topologies"],
  ] as const
) {
  Deno.test(`mtop ${old} is mtop ${command}`, async () => {
    const outcome = await user.mtop(...command.split(" "));
    assert.notEqual(outcome.stdout, "");
    assert.deepEqual(await user.mtop(...old.split(" ")), outcome);
  });
}

Deno.test("mtop slo-dashboard shows objectives and what is measured, not a promise", async () => {
  const [head = "", ...rows] = (await user.data("slo-dashboard", "--interval", "1.0"))
    .trimEnd().split("\n");
  assert.match(
    head,
    /^NAMESPACE +NAME +STATE +TTFTp95 +TTFTslo +ITLp95 +ITLslo .*GOODPUT% +BURN +ERR%/,
  );
  assert.equal(rows.length, (await items("list")).length);
  assert.ok(rows.some((row) => /\d(ms|s)\b/.test(row)));
});

Deno.test("mtop doctor says where things are", async () => {
  const doctor = await user.data("doctor");
  assert.match(doctor, /^ok +mocks +\S*\/mocks$/m);
  assert.match(doctor, new RegExp(`^ok +state +${user.dir}/state/mtop$`, "m"));
});

Deno.test("a namespace is that namespace only, in each command", async () => {
  const all = await items("list");
  const research = all.filter(isIn("research")).map(({ metadata }) => metadata.name);
  assert.ok(research.length > 0 && research.length < all.length);
  for (const args of [["list"], ["get", "llmisvc"]]) {
    const got = await items(...args, "-n", "research");
    assert.deepEqual(got.map(({ metadata }) => metadata.name), research);
  }
  const { services } = JSON.parse(await user.data("top", "-n", "research", "-o", "json"));
  const names = services.map(({ name }: { name: string }) => name);
  assert.deepEqual(names.sort(), research);
  // One name in two namespaces is two services.
  const twins = all.filter(({ metadata }) => metadata.name === "granite-3-3-8b");
  assert.deepEqual(twins.map(({ metadata }) => metadata.namespace), ["default", "staging"]);
  const age = async (namespace: string) =>
    await user.data("get", "granite-3-3-8b", "-n", namespace, "--no-headers");
  assert.notEqual(await age("default"), await age("staging"));
  assert.equal((await user.mtop("get", "gpt2", "-n", "research")).code, 1);
});

Deno.test("not all is well: states have causes, and check's exit code says so", async () => {
  const reasons = new Set(
    (await user.data(
      ...["list", "-o", 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].reason}'],
    )).split(" ").filter((reason) => reason !== ""),
  );
  assert.ok(reasons.has("ConfigNotFound") && reasons.has("Stopped"), [...reasons].join(" "));
  const [healthy, pending, all] = await Promise.all([
    user.mtop("check", "gpt2"),
    user.mtop("check", "llama-3-1-405b"),
    user.mtop("check"),
  ]);
  assert.equal(healthy.code, 0);
  assert.equal(pending.code, 1);
  assert.match(pending.stdout, /Unschedulable/);
  assert.equal(all.code, 1);
});

Deno.test("-v tells what is done on standard error, and leaves the data alone", async () => {
  const { code, stdout, stderr } = await user.mtop("-v", "list");
  assert.equal(code, 0);
  assert.equal(stdout, await user.data("list"));
  assert.match(stderr, /debug present\.read \d+(\.\d+)?ms/);
});

Deno.test("configs other than the first can be read, by name", async () => {
  const names = (await items("get", "llminferenceserviceconfigs", "-A")).map(({ metadata }) =>
    metadata.name
  );
  assert.ok(names.length >= 8);
  for (const name of ["development", "production", "edge", "cost-optimized"]) {
    assert.ok(names.includes(name), name);
  }
  const edge = await user.data(
    "get",
    "llminferenceserviceconfig/edge",
    "-n",
    "kserve",
    "-o",
    "name",
  );
  assert.equal(edge, "llminferenceserviceconfig.serving.kserve.io/edge\n");
});

Deno.test("mtop works from any directory", () =>
  inTempDir(async (dir) => {
    const { env } = user;
    const outcome = await mtop(["list"], { cwd: dir, env, clearEnv: true });
    assert.deepEqual(outcome, ok(await user.data("list")));
  }));
