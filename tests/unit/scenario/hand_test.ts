// Acts by hand as inputs: a run with them is the same again from its log, whatever pieces it went in.

import assert from "node:assert/strict";
import { type Act, ACTS } from "../../../src/fleet/acts.ts";
import type { FleetEvent } from "../../../src/fleet/events.ts";
import { type ActByHand, actByHandOf } from "../../../src/scenario/hand.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import fc from "../../fast_check.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "./small_run.ts";

const SCENARIO = smallScenario({
  cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
  services: [llm("chat", { replicas: 2 })],
  rollouts: [{
    ...{ kind: "canary", service: "chat", at: "60s", to: { image: "vllm:2" } },
    steps: [
      { kind: "setWeight", weight: 50 },
      { kind: "pause" },
      { kind: "setWeight", weight: 75 },
      { kind: "pause", duration: "1m" },
    ],
  }],
  changes: [{ kind: "act", act: "pauseRollout", service: "chat", when: "8m" }],
});
const PLAN = planned(SCENARIO);

interface Session {
  readonly simulation: Simulation;
  readonly events: readonly FleetEvent[];
}

function begin(acts: readonly ActByHand[] = []): Session {
  const events: FleetEvent[] = [];
  const sink = (event: FleetEvent) => void events.push(event);
  return { simulation: new Simulation(PLAN, { data: SCENARIO, acts, sink }), events };
}

function finish({ simulation }: Session): string {
  simulation.advance(simulation.durationUs);
  simulation.finish();
  return simulation.hash;
}

function actsOf({ events }: Session): ActByHand[] {
  return events.map(actByHandOf).filter((act) => act !== undefined);
}

Deno.test("Hand.act() is told as done by hand, and done again it gives the same log", () => {
  const session = begin();
  session.simulation.advance(500 * SECOND);
  assert.equal(session.simulation.hand.act("resume", "chat"), undefined);
  assert.equal(session.simulation.hand.act("promote", "chat"), undefined);
  assert.equal(
    session.simulation.state.rollouts["rollouts[0]"]!.step,
    2,
    "while time stands still",
  );
  const hash = finish(session);
  const told = session.events.filter(({ kind }) => kind === "action");
  assert.deepEqual(told.map((event) => ({ ...event, seq: 0 })), [
    {
      ...{ at: 480 * SECOND, seq: 0, kind: "action", action: "pauseRollout" },
      argument: { rollout: "rollouts[0]", service: "chat" },
    },
    ...["resume", "promote"].map((action) => ({
      ...{ at: 500 * SECOND, seq: 0, kind: "action", action, origin: "hand" },
      argument: { rollout: "rollouts[0]", service: "chat" },
    })),
  ]);
  assert.deepEqual(actsOf(session), [
    { at: 500 * SECOND, act: "resume", service: "chat" },
    { at: 500 * SECOND, act: "promote", service: "chat" },
  ]);
  assert.deepEqual(session.simulation.hand.done, actsOf(session));
  assert.equal(finish(begin(actsOf(session))), hash);
  assert.notEqual(finish(begin()), hash);
});

Deno.test("Hand.act() tells and returns why it cannot be done, also of no rollout", () => {
  const session = begin();
  const early = session.simulation.hand.act("promote", "chat");
  assert.equal(early, "Cannot promote the rollout: it has not begun");
  assert.equal(
    session.simulation.hand.act("undo", "chta"),
    "Cannot undo the rollout: chta has none",
  );
  const hash = finish(session);
  assert.deepEqual(actsOf(session).map(({ at, act }) => [at, act]), [[0, "promote"], [0, "undo"]]);
  assert.equal(finish(begin(actsOf(session))), hash);
});

Deno.test("Hand.possible() names what would do something now", () => {
  const { simulation } = begin();
  assert.deepEqual(simulation.hand.possible("chat"), []);
  assert.deepEqual(simulation.hand.possible("chta"), []);
  simulation.advance(200 * SECOND);
  assert.deepEqual(simulation.hand.possible("chat"), [
    ...["promote", "promoteFull", "abort", "pauseRollout", "undo"],
  ]);
  simulation.hand.act("abort", "chat");
  assert.deepEqual(simulation.hand.possible("chat"), ["retry", "undo"]);
});

Deno.test("acts by hand give the same log again, whenever they came and whatever pieces it ran in", () => {
  const steps = fc.array(
    fc.tuple(fc.nat(90_000_000), fc.boolean(), fc.option(fc.constantFrom<Act>(...ACTS))),
    { maxLength: 16 },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const session = begin();
      const { simulation } = session;
      for (const [aheadUs, pause, act] of steps) {
        simulation.advance(simulation.nowUs + aheadUs, () => pause);
        if (act) simulation.hand.act(act, "chat");
      }
      const hash = finish(session);
      assert.equal(finish(begin(actsOf(session))), hash);
    }),
    { numRuns: 30 },
  );
});

Deno.test("actByHandOf() throws about what this mtop cannot do", () => {
  const event = { kind: "action", at: 1, action: "levitate", origin: "hand" } as const;
  assert.throws(() => actByHandOf(event), /^Error: "levitate" by hand is nothing/);
});
