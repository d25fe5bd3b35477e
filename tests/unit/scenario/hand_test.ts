// Acts by hand as inputs: a run with them is the same again from its log, whatever pieces it went in.

import assert from "node:assert/strict";
import { type Act, ACTS } from "../../../src/fleet/acts.ts";
import type { FleetEvent } from "../../../src/fleet/events.ts";
import { actionStory } from "../../../src/report/story_text.ts";
import { deedText, type DoneByHand, doneByHand } from "../../../src/scenario/hand.ts";
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
  faults: [
    {
      ...{ kind: "node-loss", name: "loss", when: "9m", for: "30s" },
      on: { kind: "nodes", service: "chat", mode: "random" },
    },
    {
      ...{ kind: "pod-kill", name: "kills", when: { kind: "every", interval: "8m" } },
      on: { kind: "pods", service: "chat", mode: "random" },
    },
  ],
  changes: [{ kind: "act", act: "pauseRollout", service: "chat", when: "8m" }],
});
const PLAN = planned(SCENARIO);

interface Session {
  readonly simulation: Simulation;
  readonly events: readonly FleetEvent[];
}

function begin(acts: readonly DoneByHand[] = []): Session {
  const events: FleetEvent[] = [];
  const sink = (event: FleetEvent) => void events.push(event);
  return { simulation: new Simulation(PLAN, { data: SCENARIO, acts, sink }), events };
}

function finish({ simulation }: Session): string {
  simulation.advance(simulation.durationUs);
  simulation.finish();
  return simulation.hash;
}

function actsOf({ events }: Session): DoneByHand[] {
  return events.map(doneByHand).filter((act) => act !== undefined);
}

Deno.test("Hand.do() is told as done by hand, and done again it gives the same log", () => {
  const session = begin();
  session.simulation.advance(500 * SECOND);
  assert.equal(session.simulation.hand.do({ act: "resume", service: "chat" }), undefined);
  assert.equal(session.simulation.hand.do({ act: "promote", service: "chat" }), undefined);
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

Deno.test("Hand.do() tells and returns why it cannot be done, also of no rollout", () => {
  const session = begin();
  const early = session.simulation.hand.do({ act: "promote", service: "chat" });
  assert.equal(early, "Cannot promote the rollout: it has not begun");
  assert.equal(
    session.simulation.hand.do({ act: "undo", service: "chta" }),
    "Cannot undo the rollout: chta has none",
  );
  const hash = finish(session);
  assert.deepEqual(actsOf(session).map((deed) => [deed.at, deedText(deed)]), [
    [0, "promote chat"],
    [0, "undo chta"],
  ]);
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
  simulation.hand.do({ act: "abort", service: "chat" });
  assert.deepEqual(simulation.hand.possible("chat"), ["retry", "undo"]);
});

Deno.test("Hand.do() begins a fault before its time, once, and the same again", () => {
  const session = begin();
  const { simulation } = session;
  assert.deepEqual(simulation.hand.waitingFaults, ["loss"]);
  simulation.advance(100 * SECOND);
  assert.equal(simulation.hand.do({ fault: "loss" }), undefined);
  assert.equal(simulation.state.faults["loss"]!.beganAt, 100 * SECOND);
  assert.deepEqual(simulation.hand.waitingFaults, []);
  const refused = ["loss", "kills", "lost"].map((fault) => simulation.hand.do({ fault }));
  assert.deepEqual(refused, [
    "Cannot begin the fault: it has begun",
    "Cannot begin the fault: it has a schedule",
    "Cannot begin the fault: the scenario has no lost",
  ]);
  const hash = finish(session);
  const told = session.events.filter(({ kind }) => kind === "fault")
    .flatMap((event) => event.kind === "fault" && event.fault === "loss" ? [event] : []);
  assert.deepEqual(told.map(({ at, phase }) => [at / SECOND, phase]), [[100, "begin"], [
    130,
    "end",
  ]]);
  assert.deepEqual(actsOf(session)[0], { at: 100 * SECOND, fault: "loss" });
  assert.equal(finish(begin(actsOf(session))), hash);
  assert.deepEqual(
    session.simulation.state.actions!.flatMap(actionStory).map(({ message }) => message)[0],
    "somebody begins loss, by hand",
  );
});

Deno.test("acts by hand give the same log again, whenever they came and whatever pieces it ran in", () => {
  const steps = fc.array(
    fc.tuple(
      fc.nat(90_000_000),
      fc.boolean(),
      fc.option(fc.constantFrom<Act | "loss">(...ACTS, "loss")),
    ),
    { maxLength: 16 },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const session = begin();
      const { simulation } = session;
      for (const [aheadUs, pause, act] of steps) {
        simulation.advance(simulation.nowUs + aheadUs, () => pause);
        if (act === "loss") simulation.hand.do({ fault: act });
        else if (act) simulation.hand.do({ act, service: "chat" });
      }
      const hash = finish(session);
      assert.equal(finish(begin(actsOf(session))), hash);
    }),
    { numRuns: 30 },
  );
});

Deno.test("doneByHand() throws about what this mtop cannot do", () => {
  const event = { kind: "action", at: 1, action: "levitate", origin: "hand" } as const;
  assert.throws(() => doneByHand(event), /^Error: "levitate" by hand is nothing/);
});
