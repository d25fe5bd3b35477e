import assert from "node:assert/strict";
import type { KubeObject } from "../../../src/kube/object.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import { serviceRows } from "../../../src/view/fleet_table.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const MINUTE_US = 60_000_000;

type Run = ReturnType<typeof run>;

/** The pods that serve at the end, by what they are of. */
function imagesOf({ state }: Run, prefix: string): string[] {
  return Object.values(state.objects).flatMap((object) => {
    const { kind, metadata, spec } = object as KubeObject;
    if (kind !== "Pod" || !metadata.name.startsWith(prefix)) return [];
    return [(spec as { containers: { image: string }[] }).containers[0]!.image];
  }).sort();
}

const changing = (fields: object, more: object = {}) =>
  smallScenario({ changes: [{ kind: "change", service: "chat", ...fields }], ...more });

Deno.test("a change of the pods replaces them in turn, and keeps replicas that somebody scaled", () => {
  const changed = run(smallScenario({
    duration: "30m",
    changes: [
      { kind: "change", service: "chat", when: "1m", replicas: 3 },
      { kind: "change", service: "chat", when: "2m", to: { image: "vllm:2" } },
    ],
  }));
  assert.deepEqual(imagesOf(changed, "chat-kserve-"), ["vllm:2", "vllm:2", "vllm:2"]);
  const told = changed.of("action").map(({ at, argument }) => [at, argument]);
  assert.deepEqual(told[1], [2 * MINUTE_US, { service: "chat", to: "image vllm:2" }]);
  const failed = changed.of("window").reduce(
    (sum, { measured }) =>
      sum + (measured?.requests.failed ?? 0) + (measured?.requests.rejected ?? 0),
    0,
  );
  assert.equal(failed, 0);
});

Deno.test("changes of the pods add up in the order of their times", () => {
  const args = ["--max-num-seqs=8"];
  const two = run(smallScenario({
    changes: [
      { kind: "change", service: "chat", when: "3m", to: { args } },
      { kind: "change", service: "chat", when: "1m", to: { spec: { parallelism: { tensor: 2 } } } },
    ],
  }));
  const [service] = two.of("object.applied").flatMap(({ object }) =>
    object?.kind === "LLMInferenceService" ? [object as unknown as KubeObject] : []
  );
  assert.equal(service!.metadata.name, "chat");
  const last = two.state.objects["serving.kserve.io/LLMInferenceService/default/chat"] ??
    Object.values(two.state.objects).find(({ kind }) => kind === "LLMInferenceService");
  const { spec } = last as unknown as ReturnType<typeof llm>;
  assert.deepEqual([spec.parallelism.tensor, spec.template.containers[0]!.args], [2, args]);
});

Deno.test("a change of the pods changes the replicas of prefill, too", () => {
  const { template } = llm("chat").spec;
  const chat = {
    ...llm("chat"),
    spec: { ...llm("chat").spec, prefill: { replicas: 1, template } },
  };
  const more = run(changing({ when: "1m", to: { prefill: { replicas: 3, image: "vllm:2" } } }, {
    services: [chat],
    duration: "30m",
  }));
  assert.deepEqual(imagesOf(more, "chat-kserve-prefill"), ["vllm:2", "vllm:2", "vllm:2"]);
});

Deno.test("a change of the objectives judges what ends from then on", () => {
  const slo = { chat: { e2e: { p95: "1m" } } };
  const { of } = run(changing({ when: "5m", slo: { e2e: { p95: "1ms" } } }, { slo }));
  const good = (from: number, to: number) =>
    of("window").filter(({ at }) => at > from && at <= to)
      .reduce((sum, { measured }) => sum + (measured?.requests.good ?? 0), 0);
  assert.ok(good(0, 5 * MINUTE_US) > 400);
  assert.equal(good(5 * MINUTE_US, 10 * MINUTE_US), 0);
});

Deno.test("a change of the objectives is in the state, and its rows, from its instant on", () => {
  const slo = { chat: { e2e: { p95: "1m" }, itl: { p95: "1s" } } };
  const data = changing({ when: "5m", slo: { e2e: { p95: "1ms" } } }, { slo });
  const simulation = new Simulation(planned(data), { data });
  const begun = { e2eP95Us: 60_000_000 };
  const rowAt = (us: number) => {
    simulation.advance(us);
    const [row] = serviceRows(simulation.state, us, { slos: { chat: begun } });
    return row!.slo;
  };
  assert.deepEqual(rowAt(5 * MINUTE_US - 1), begun);
  assert.deepEqual(rowAt(5 * MINUTE_US), { e2eP95Us: 1_000 });
  assert.deepEqual(rowAt(9 * MINUTE_US), { e2eP95Us: 1_000 });
});

Deno.test("plan() says which changes of pods and objectives cannot be", () => {
  assert.match(
    problems(changing({ when: "1m", slo: { e2e: { p95: "1s" } } }))["changes[0].slo"]!,
    /^Cannot change the objectives of "chat": it has none before/,
  );
  assert.match(
    problems(
      changing({ when: "1m", to: { spec: { parallelism: { tensor: 3 } } } }),
    )["changes[0].to"]!,
    /attention heads \(32\) must be divisible/,
  );
  const { template } = llm("chat").spec;
  const prefill = { replicas: 1, template };
  assert.match(
    problems(changing({ when: "1m", to: { spec: { prefill } } }))["changes[0].to"]!,
    /with other workloads than it has/,
  );
  const rollouts = [{ kind: "rolling", service: "chat", at: "2m", to: { image: "vllm:3" } }];
  assert.match(
    problems(changing({ when: "1m", to: { image: "vllm:2" } }, { rollouts }))["changes[0].to"]!,
    /before its rollout begins/,
  );
  assert.match(
    problems(changing({ when: "1m" }))["changes[0]"]!,
    /say what changes: weight, replicas, mirror, to, slo, stopped or deleted/,
  );
});

Deno.test("nodes that join later are there from then on, and take who waits", () => {
  const joins = [{ count: 1, gpus: "1xH100-SXM" }, { count: 1, gpus: "1xH100-SXM", joins: "3m" }];
  const late = run(smallScenario({ cluster: { nodes: joins } }));
  const node = late.of("object.applied").find(({ object }) => object?.metadata.name === "node-2");
  assert.equal(node?.at, 3 * MINUTE_US);
  const bound = late.of("event").filter(({ reason, message }) =>
    reason === "Scheduled" && message.endsWith("node-2")
  );
  assert.equal(bound.length, 1);
  assert.ok(bound[0]!.at >= 3 * MINUTE_US);
});
