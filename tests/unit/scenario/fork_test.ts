import assert from "node:assert/strict";
import { forkScenario } from "../../../src/scenario/fork.ts";
import { applySettings } from "../../../src/scenario/set.ts";
import { parseSetting } from "../../../src/scenario/setting.ts";
import { llm } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "./small_run.ts";

const T = 120_000_000;
const XID = {
  kind: "gpu-xid",
  name: "xid79",
  xid: 79,
  on: { kind: "pods", service: "chat", mode: "first" },
  when: "4m",
};

type Scenario = ReturnType<typeof smallScenario>;

function set(data: unknown, ...texts: readonly string[]): unknown {
  const settings = texts.map((text) => {
    const parsed = parseSetting(text);
    if ("problem" in parsed) assert.fail(parsed.problem);
    return parsed;
  });
  const result = applySettings(data, settings);
  if ("problem" in result) assert.fail(result.problem);
  return result.data;
}

// deno-lint-ignore no-explicit-any
function fork(parent: unknown, ...texts: readonly string[]): any {
  const result = forkScenario(parent, set(parent, ...texts), T);
  if ("problem" in result) assert.fail(result.problem);
  return result.data;
}

Deno.test("forkScenario() lets a load go on with its new fields under another name", () => {
  const parent = smallScenario();
  const { load } = fork(parent, "load.users.rps=9");
  assert.deepEqual(load, [
    { ...parent.load[0], end: "2m" },
    { ...parent.load[0], rps: 9, name: "users-from-2m", start: "2m", continues: "users" },
  ]);
  const again = fork({ ...parent, load: [load[0], { ...load[1], start: "1m" }] }, "load[1].rps=3");
  assert.equal(again.load[2].name, "users-from-2m-2");
});

Deno.test("forkScenario() ends a load that is gone and begins one that is new", () => {
  const parent = smallScenario();
  assert.deepEqual(fork(parent, "load=[]").load, [{ ...parent.load[0], end: "2m" }]);
  const more = { ...parent.load[0], name: "more" };
  assert.deepEqual(fork(parent, `load[1]=${JSON.stringify(more)}`).load, [
    parent.load[0],
    { ...more, start: "2m" },
  ]);
});

Deno.test("forkScenario() takes over what a load is to be later as it was changed", () => {
  const parent = smallScenario();
  assert.deepEqual(fork(parent, "load[0].end=5m").load, [{ ...parent.load[0], end: "5m" }]);
  const late = { ...parent, load: [{ ...parent.load[0], start: "3m" }] };
  assert.deepEqual(fork(late, "load[0].rps=9").load, [{ ...late.load[0], rps: 9 }]);
});

Deno.test("forkScenario() makes a change of what can change in a service, and of nothing else", () => {
  const parent = smallScenario();
  const replicas = fork(parent, "services.chat.spec.replicas=3");
  assert.deepEqual(replicas.services, parent.services);
  assert.deepEqual(replicas.changes, [
    { kind: "change", service: "chat", when: "2m", replicas: 3 },
  ]);
  const gone = fork(parent, "services=[]");
  assert.deepEqual(gone.changes, [{ kind: "change", service: "chat", when: "2m", deleted: true }]);
  const labels = fork(parent, "services.chat.metadata.labels.team=x");
  assert.equal(labels.changes, undefined);
  assert.notDeepEqual(labels.services, parent.services);
});

Deno.test("forkScenario() changes the pods of a service: by their image and args, else by a patch of the spec", () => {
  const apart = llm("chat");
  const { template } = apart.spec;
  const parent = smallScenario({
    services: [{ ...apart, spec: { ...apart.spec, prefill: { replicas: 1, template } } }],
  });
  const to = (...texts: string[]) => {
    const { changes, services } = fork(parent, ...texts);
    assert.deepEqual(services, parent.services);
    const [{ to, ...change }] = changes;
    assert.deepEqual([change.kind, change.service, change.when], ["change", "chat", "2m"]);
    return to;
  };
  const main = "services.chat.spec.template.containers[0]";
  assert.deepEqual(to(`${main}.image=x`), { image: "x" });
  assert.deepEqual(to(`${main}.args=["--max-num-seqs=8"]`, `${main}.image=y`), {
    image: "y",
    args: ["--max-num-seqs=8"],
  });
  const prefill = "services.chat.spec.prefill";
  assert.deepEqual(to(`${prefill}.template.containers[0].image=x`, `${prefill}.replicas=3`), {
    prefill: { image: "x", replicas: 3 },
  });
  assert.deepEqual(to('services.chat.spec.template.nodeSelector={"a":"b"}'), {
    spec: { template: { nodeSelector: { a: "b" } } },
  });
  assert.deepEqual(to("services.chat.spec.parallelism.tensor=2"), {
    spec: { parallelism: { tensor: 2 } },
  });
  const both = fork(parent, `${main}.image=x`, "services.chat.spec.replicas=3");
  assert.deepEqual(both.changes, [
    { kind: "change", service: "chat", when: "2m", to: { image: "x" }, replicas: 3 },
  ]);
});

Deno.test("forkScenario() changes objectives from the instant on, beside those of changes before it", () => {
  const slo = { chat: { ttft: { p95: "2s" }, itl: { p95: "60ms" }, goodput: "99%" } };
  const parent = smallScenario({ slo });
  const tight = fork(parent, "slo.chat.ttft.p95=1s", "slo.chat.goodput=95%");
  assert.deepEqual(tight.slo, { chat: { ...slo.chat, goodput: "95%" } });
  assert.deepEqual(tight.changes, [{
    kind: "change",
    service: "chat",
    when: "2m",
    slo: { ttft: { p95: "1s" }, itl: { p95: "60ms" } },
  }]);
  const earlier = { ...tight, changes: [{ ...tight.changes[0], when: "1m" }] };
  const again = fork(earlier, "slo.chat.itl=null", 'slo.chat.e2e={"p95":"9s"}');
  assert.deepEqual(again.slo, tight.slo);
  assert.deepEqual(again.changes[1].slo, { ttft: { p95: "1s" }, e2e: { p95: "9s" } });
  const budget = fork(parent, "slo.chat.goodput=90%");
  assert.deepEqual([budget.slo.chat.goodput, budget.changes], ["90%", undefined]);
  const unjudged = forkScenario(smallScenario(), { ...smallScenario(), slo }, T);
  assert.match(
    "problem" in unjudged ? unjudged.problem : "",
    /requests until then were not judged/,
  );
});

Deno.test("forkScenario() lets nodes join at the instant, and says how they leave", () => {
  const parent = smallScenario();
  const nodes = (...texts: string[]) => fork(parent, ...texts).cluster.nodes;
  const [group] = parent.cluster.nodes;
  assert.deepEqual(nodes("cluster.nodes[0].count=5"), [group, { ...group, count: 2, joins: "2m" }]);
  const other = { count: 1, gpus: "8xH200-SXM" };
  const added = nodes(`cluster.nodes[1]=${JSON.stringify(other)}`);
  assert.deepEqual(added, [group, { ...other, joins: "2m" }]);
  const more = set({ ...parent, cluster: { nodes: added } }, "cluster.nodes[0].count=4");
  const again = forkScenario({ ...parent, cluster: { nodes: added } }, more, 2 * T);
  assert.ok("data" in again);
  assert.deepEqual((again.data as { cluster: unknown }).cluster, {
    nodes: [...added, { ...group, count: 1, joins: "4m" }],
  });
  const fewer = forkScenario(parent, set(parent, "cluster.nodes[0].count=2"), T);
  assert.match(
    "problem" in fewer ? fewer.problem : "",
    /^Cannot take nodes away at 2m .*--set 'faults\[0\]=\{"kind":"node-drain",.*"name":"node-3"/,
  );
});

Deno.test("forkScenario() refuses to move a load within its trace", () => {
  const parent = smallScenario({
    load: [{
      kind: "trace",
      name: "t",
      to: "chat",
      requests: { atUs: [0], promptTokens: [1], outputTokens: [1] },
    }],
  });
  const result = forkScenario(parent, set(parent, "load.t.speedup=2"), T);
  assert.deepEqual(result, {
    problem: "Cannot change load.t.speedup at 2m: it says where in the trace the load is",
  });
});

const CHANGES: Readonly<Record<string, readonly string[]>> = {
  "more load": ["load.users.rps=9"],
  "other prompts": ["load.users.prompt.tokens=900"],
  "no load": ["load=[]"],
  "replicas": ["services.chat.spec.replicas=3"],
  "another image": ["services.chat.spec.template.containers[0].image=x"],
  "other parallelism": ["services.chat.spec.parallelism.tensor=2"],
  "other objectives": ["slo.chat.e2e.p95=1ms"],
  "more nodes": ["cluster.nodes[0].count=4"],
  "a fault": [`faults[0]=${JSON.stringify(XID)}`],
  "a change of what will be": ["faults=[]", "duration=8m"],
  "expectations": [
    'expect[0]={"kind":"metric","metric":"errorRate","comparison":"below","threshold":"1%"}',
  ],
};

for (const [what, texts] of Object.entries(CHANGES)) {
  Deno.test(`a fork with ${what} has its parent's past to the byte, and another future`, () => {
    const parent: Scenario = smallScenario({
      services: [llm("chat", { replicas: 2 })],
      duration: "5m",
      slo: { chat: { e2e: { p95: "9s" } } },
      ...(texts.includes("faults=[]") ? { faults: [XID] } : {}),
    });
    const past = (each: ReturnType<typeof run>) =>
      each.lines.filter((_, index) => each.events[index]!.at < T).slice(1);
    const [before, after] = [run(parent), run(fork(parent, ...texts))];
    assert.ok(past(before).length > 100);
    assert.deepEqual(past(after), past(before));
    assert.notDeepEqual(after.lines.slice(1), before.lines.slice(1));
  });
}
