import assert from "node:assert/strict";
import { gatewayErrors } from "../../../src/mod.ts";
import { planText } from "../../../src/report/plan_text.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { planned, problems, type Run, run, smallScenario } from "../scenario/small_run.ts";

const users = (to: string) => ({
  ...{ kind: "constant", name: to, to, rps: 20, prompt: { kind: "fixed", tokens: 50 } },
  output: { kind: "fixed", tokens: 10 },
});

const scenario = (...faults: readonly unknown[]) =>
  smallScenario({
    services: [llm("chat", { replicas: 2 }), llm("search", { replicas: 2 })],
    load: [users("chat"), users("search")],
    faults,
  });

/** Requests of a service that were turned away within these seconds, of those that came. */
function turnedAway({ of }: Run, name: string, from: number, to: number): number {
  let arrived = 0, rejected = 0;
  for (const { at, service, measured } of of("window")) {
    if (service !== name || at <= from * SECOND || at > to * SECOND) continue;
    arrived += measured?.requests.arrived ?? 0;
    rejected += measured?.requests.rejected ?? 0;
  }
  return rejected / arrived;
}

Deno.test("gatewayErrors() turns a share of one service's requests away, for its time", () => {
  const result = run(scenario(
    gatewayErrors({ share: "10%", service: "chat", when: "2m", for: "5m" }),
  ));
  const share = turnedAway(result, "chat", 120, 420);
  // 6,000 requests: a standard deviation is 0.4 %.
  assert.ok(Math.abs(share - 0.1) < 0.016, `${share}`);
  assert.equal(turnedAway(result, "chat", 0, 120), 0);
  assert.equal(turnedAway(result, "chat", 421, 600), 0);
  assert.equal(turnedAway(result, "search", 0, 600), 0);
});

Deno.test("gatewayErrors() without a share turns all away, whatever their service", () => {
  const result = run(scenario(gatewayErrors({ when: "2m", for: "30s" })));
  for (const name of ["chat", "search"]) {
    assert.equal(turnedAway(result, name, 121, 150), 1);
    assert.equal(turnedAway(result, name, 151, 600), 0);
  }
});

Deno.test("gatewayErrors() leaves the work of pods to who is not turned away", () => {
  const calm = run(scenario());
  const result = run(scenario(gatewayErrors({ share: "50%", when: "1m", permanent: true })));
  const tokens = ({ state }: Run) =>
    state.services["chat"]!.revisions["stable"]!.measured.outputTokens;
  const share = tokens(result) / tokens(calm);
  assert.ok(Math.abs(share - 0.55) < 0.02, `${share} of the tokens`);
});

Deno.test("plan() refuses gatewayErrors that are none, with their paths", () => {
  const of = (fields: object) =>
    problems(scenario({ ...gatewayErrors({ when: "1m", for: "1m" }), ...fields }));
  assert.deepEqual(of({ share: "0%" }), {
    "faults[0].share": 'Invalid share "0%": write more than 0% and at most 100%, such as "5%"',
  });
  assert.deepEqual(Object.keys(of({ status: 404 })), ["faults[0].status"]);
  assert.deepEqual(of({ service: "caht" }), {
    "faults[0].service": 'Cannot find the service "caht": did you mean "chat"?',
  });
});

Deno.test("planText() says gatewayErrors in words", () => {
  const fault = gatewayErrors({ share: "5%", status: 502, service: "chat", when: "1m", for: "2m" });
  assert.match(planText(planned(scenario(fault))), /502 for 5% of chat for 2m, at 1m/);
});
