import assert from "node:assert/strict";
import { kvLinkSlow, networkPartition, nodes, pods } from "../../../src/mod.ts";
import { planText } from "../../../src/report/plan_text.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "../scenario/small_run.ts";
import { clients, LOAD, outcomes } from "./network_rig.ts";
import { handedOver, PROMPTS } from "./prefill_rig.ts";
import { routed } from "./router_rig.ts";

const cut = networkPartition({ on: pods().first(), when: "2m", for: "1m" });

Deno.test("networkPartition() has requests to the pod fail after Envoy's connect timeout", () => {
  const { arrived } = clients([cut]);
  const during = arrived(120.5, 174);
  const counts = outcomes(during);
  const half = during.length / 2;
  assert.ok(Math.abs(counts["failed connect-timeout"]! - half) <= 1, JSON.stringify(counts));
  const lost = during.filter(({ outcome }) => outcome === "failed");
  assert.ok(
    lost.every(({ at, arrivedUs, status }) => at - arrivedUs === 5 * SECOND && status === 503),
  );
  // A SYN is sent again after 1 s and 3 s: the last ones find the network back.
  assert.equal(outcomes(arrived(178, 600))["failed connect-timeout"], undefined);
});

Deno.test("networkPartition() leaves the pod Ready: nobody takes it out of the endpoints", () => {
  const { of, state } = run(smallScenario({ load: [LOAD], faults: [cut] }));
  assert.deepEqual(of("event").filter(({ reason }) => reason === "Unhealthy"), []);
  const { failed, completed } = state.services["chat"]!.revisions["stable"]!.measured.requests;
  assert.ok(failed > 250 && completed > 5_500, `${failed} failed, ${completed} completed`);
});

/** Answers of 10 s, so that some are under way when the network goes. */
const LONG = { ...LOAD, rps: 2, output: { kind: "fixed", tokens: 1_000 } };

Deno.test("networkPartition() holds answers that are under way until the network is back", () => {
  const calm = clients([], { load: [LONG] });
  const { rows } = clients([cut], { load: [LONG] });
  const whole = calm.rows.filter(({ arrivedUs, at }) =>
    arrivedUs < 120e6 && at > 120e6 && at < 180e6
  );
  const held = rows.filter(({ at, outcome }) => outcome === "completed" && at === 180 * SECOND);
  assert.ok(Math.abs(held.length - whole.length / 2) <= 1, `${held.length} of ${whole.length}`);
  for (const { arrivedUs, e2eUs = 0, ttftUs = 0, outputTokens } of held) {
    assert.ok(Math.abs(arrivedUs + e2eUs - 180 * SECOND) < SECOND / 10, `${arrivedUs + e2eUs}`);
    assert.ok(ttftUs < e2eUs);
    assert.equal(outputTokens, 1_000);
  }
});

Deno.test("networkPartition() holds the first token of a prompt that was under way as well", () => {
  const prompts = { ...LOAD, rps: 2, prompt: { kind: "fixed", tokens: 30_000 } };
  const { rows } = clients([cut], { load: [prompts] });
  const held = rows.filter(({ at, outcome }) => outcome === "completed" && at === 180 * SECOND);
  assert.ok(held.length > 0);
  assert.ok(held.some(({ arrivedUs, ttftUs = 0 }) => arrivedUs + ttftUs >= 180 * SECOND));
});

Deno.test("networkPartition() has clients give up whose patience is shorter", () => {
  const { rows } = clients([cut], { load: [{ ...LONG, timeout: "30s" }] });
  const early = rows.filter(({ arrivedUs }) => arrivedUs > 100e6 && arrivedUs < 120e6);
  const gone = early.filter(({ reason }) => reason === "timeout");
  assert.ok(gone.length > 5, JSON.stringify(outcomes(early)));
  assert.ok(gone.every(({ at, arrivedUs }) => at - arrivedUs === 30 * SECOND));
});

Deno.test("networkPartition() counts everybody once, also where the pod dies meanwhile", () => {
  const dies = { kind: "gpu-xid", xid: 79, when: "150s", on: { kind: "pods", mode: "first" } };
  for (const faults of [[cut], [cut, dies]]) {
    const { state } = run(smallScenario({ load: [{ ...LONG, end: "9m" }], faults }));
    const { arrived, completed, failed, rejected } =
      state.services["chat"]!.revisions["stable"]!.measured.requests;
    assert.equal(completed + failed + rejected, arrived, JSON.stringify(state.ended));
  }
});

Deno.test("networkPartition() of nodes cuts off what is on them; a picker's metrics of it grow old", () => {
  const { of } = run(routed({
    scheduler: {},
    load: [LOAD],
    faults: [networkPartition({ on: nodes({ name: "node-1" }).all(), when: "2m", for: "1m" })],
  }));
  const [begun] = of("fault");
  assert.ok(begun!.targets.length >= 1, begun!.message);
  // The picker goes by its last scrape: it still sends there.
  const failed = of("window").reduce(
    (sum, { measured }) => sum + (measured?.requests.failed ?? 0),
    0,
  );
  assert.ok(failed > 100, `${failed}`);
});

const ZONES = {
  nodes: [{ count: 1, gpus: "2xH100-SXM", zone: "a" }, { count: 1, gpus: "2xH100-SXM", zone: "b" }],
};

Deno.test("networkPartition() of a zone cuts off what is in it", () => {
  const zone = (name: string) =>
    networkPartition({ on: nodes({ zone: name }).all(), when: "2m", for: "1m" });
  const hit = (name: string) =>
    run(smallScenario({
      cluster: ZONES,
      services: [llm("chat", { replicas: 4 })],
      load: [LOAD],
      faults: [zone(name)],
    })).of("fault")[0]!.targets;
  const [a, b] = [hit("a"), hit("b")];
  assert.deepEqual([a.length, b.length, new Set([...a, ...b]).size], [2, 2, 4]);
  assert.match(
    planText(planned(smallScenario({ cluster: ZONES, faults: [zone("b")] }))),
    /network partition on all nodes in zone b for 1m, at 2m/,
  );
  assert.deepEqual(problems(smallScenario({ cluster: ZONES, faults: [zone("c")] })), {
    "faults[0].on.zone": 'Cannot find the zone "c": nodes are in a, b',
  });
});

Deno.test("networkPartition() of a zone cuts the KV link to the pods of another", () => {
  const chat = llm("chat");
  const inZone = (zone: string) => ({
    ...chat.spec.template,
    nodeSelector: { "topology.kubernetes.io/zone": zone },
  });
  // Of 524 MB a transfer takes some 5 s: one is under way at 112 s.
  const slow = kvLinkSlow({ rate: "0.1GB/s", when: "1m", permanent: true });
  const ended = (prefill: string, faults: readonly unknown[]) => {
    const spec = { ...chat.spec, template: inZone("a") };
    const { rows } = clients([slow, ...faults], {
      cluster: ZONES,
      services: [{
        ...chat,
        spec: { ...spec, prefill: { replicas: 1, template: inZone(prefill) } },
      }],
      load: [{ ...PROMPTS, rps: 0.1 }],
    });
    const row = rows.find(({ arrivedUs }) => arrivedUs === 110 * SECOND)!;
    return [row.outcome, Math.round(row.at / SECOND)];
  };
  const cutOff = networkPartition({ on: nodes({ zone: "b" }).all(), when: "112s", for: "1m" });
  assert.deepEqual(ended("b", []), ["completed", 116]);
  // Given up 8 s after the cut, then computed by the decode engine.
  assert.deepEqual(ended("b", [cutOff]), ["completed", 120]);
  assert.deepEqual(ended("a", [cutOff]), ["completed", 116]);
  // Both are cut off: the answer is there at 116 s, and waits for the network.
  const both = networkPartition({ on: nodes({ zone: "a" }).all(), when: "112s", for: "1m" });
  assert.deepEqual(ended("a", [both]), ["completed", 172]);
});

Deno.test("networkPartition() costs a route's retries time and no request", () => {
  const chat = llm("chat", { replicas: 3 });
  const rules = [{ retry: { attempts: 3, backoff: "100ms" } }];
  const spec = { ...chat.spec, router: { route: { http: { spec: { rules } } } } };
  const { rows, arrived } = clients([cut], {
    cluster: { nodes: [{ count: 3, gpus: "2xH100-SXM" }] },
    services: [{ ...chat, spec }],
  });
  const again = rows.filter((row) => row.again);
  assert.ok(again.length > 100 && again.every(({ reason }) => reason === "connect-timeout"));
  const tries = arrived(121, 170).filter(({ gatewayTry = 1 }) => gatewayTry > 1);
  assert.ok(tries.length > 100);
  const lost = rows.filter(({ outcome, again }) => outcome !== "completed" && !again).length;
  // Three tries more at any of three pods: one in 3⁴ finds the one that is cut off each time.
  assert.ok(lost < again.length / 20, `${lost} lost, ${again.length} tried again`);
});

Deno.test("networkPartition() of a prefill pod has the sidecar go on without it, once it has tried", () => {
  const prefill = networkPartition({
    on: pods({ role: "prefill" }).all(),
    ...{ when: "2m", for: "1m" },
  });
  const few = { load: [{ ...PROMPTS, rps: 0.5 }] };
  const [calm, cutOff] = [handedOver([], few), handedOver([prefill], few)];
  assert.deepEqual(Object.keys(outcomes(cutOff.arrived(0, 590))), ["completed"]);
  const extra = cutOff.meanMs("ttftUs", 121, 172) - calm.meanMs("ttftUs", 121, 172);
  // 5 s for a connection; the decode pod then computes the prompt as the other would have.
  assert.ok(Math.abs(extra - 5_000) < 150, `${extra} ms`);
  const after = cutOff.meanMs("ttftUs", 185, 590) - calm.meanMs("ttftUs", 185, 590);
  assert.ok(Math.abs(after) < 5, `${after} ms after it`);
});
