import assert from "node:assert/strict";
import { networkPartition, nodes, pods } from "../../../src/mod.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "../scenario/small_run.ts";
import { clients, LOAD, outcomes } from "./network_rig.ts";
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
