import assert from "node:assert/strict";
import { gatewayLag } from "../../../src/mod.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

const users = {
  ...{
    kind: "constant",
    name: "users",
    to: "chat",
    rps: 20,
    prompt: { kind: "fixed", tokens: 50 },
  },
  output: { kind: "fixed", tokens: 10 },
};

/** Requests that failed, of a pod's GPU that breaks at 2m while a gateway is late. */
function failed(faults: readonly unknown[]): number {
  const xid = {
    ...{ kind: "gpu-xid", xid: 79, when: "2m" },
    on: { kind: "pods", mode: "first" },
  };
  const { state } = run(smallScenario({ load: [users], faults: [...faults, xid] }));
  return state.services["chat"]!.revisions["stable"]!.measured.requests.failed;
}

Deno.test("gatewayLag() has the gateway go on sending to a pod that is dead, for so long", () => {
  // Half of 20 requests a second go to each of two pods; a kubelet takes a second to see a death.
  const base = failed([]);
  const late = failed([gatewayLag({ by: "20s", when: "1m", for: "5m" })]);
  assert.ok(base <= 12, `${base} without`);
  assert.ok(Math.abs(late - base - 200) <= 2, `${late} where ${base} failed without`);
});

Deno.test("gatewayLag() is over when it says so, and adds up with another", () => {
  const base = failed([]);
  assert.equal(failed([gatewayLag({ by: "20s", when: "1m", for: "50s" })]), base);
  const both = failed([
    gatewayLag({ name: "one", by: "5s", when: "1m", for: "3m" }),
    gatewayLag({ name: "two", by: "10s", when: "90s", permanent: true }),
  ]);
  assert.ok(Math.abs(both - base - 150) <= 2, `${both} where ${base} failed without`);
});

Deno.test("gatewayLag() has a canary's weight reach the gateway late", () => {
  const { of } = run(smallScenario({
    load: [users],
    rollouts: [{
      ...{ kind: "canary", service: "chat", at: "1m", to: { image: "vllm:2" } },
      steps: [{ kind: "setWeight", weight: 50 }, { kind: "pause", duration: "2m" }],
    }],
    faults: [gatewayLag({ by: "25s", when: "0s", permanent: true })],
  }));
  const weighed = of("weight").find(({ weights }) => weights["canary"] === 50)!.at;
  const first =
    of("window").find(({ revision, measured }) =>
      revision === "canary" && (measured?.requests.arrived ?? 0) > 0
    )!.at;
  const lateS = (first - weighed) / SECOND;
  assert.ok(lateS >= 25 && lateS <= 27, `${lateS} s late`);
});
