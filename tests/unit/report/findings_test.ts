import assert from "node:assert/strict";
import type { Fact } from "../../../src/fleet/events.ts";
import { emptyCounts, type RequestCounts } from "../../../src/metrics/request_counts.ts";
import { ADVISED_REASONS } from "../../../src/report/advice.ts";
import { type CheckOptions, checkService } from "../../../src/report/check.ts";
import { checkText, fleetText } from "../../../src/report/check_text.ts";
import { FINDINGS } from "../../../src/report/findings.ts";
import { condition, llm, node, pod, SECOND, Story } from "./story.ts";

const READY = [condition("Ready", "True")];
const THRESHOLDS = {
  kvCacheUsage: { warn: 0.7, critical: 0.9 },
  errorRate: { warn: 0.01, critical: 0.05 },
  slo: { warn: 0.8, critical: 1 },
  waiting: { warn: 0, critical: 1 },
};
const NOW = 600;

type Started = Fact<"run.started">;

function story(more: Partial<Started> = {}): Story {
  return new Story().tell({
    kind: "run.started",
    scenario: "s",
    scenarioHash: "",
    seed: 1,
    durationUs: 900 * SECOND,
    warmupUs: 0,
    keepSeconds: 60,
    calibration: { chat: "calibrated" },
    slo: ["chat"],
    ...more,
  }).apply(node(), llm(READY), pod({ container: { ready: true } }));
}

/** A second of `chat`, of one pod. */
function second(
  told: Story,
  requests: Partial<RequestCounts>,
  { waiting = 0, kvPpm = 10_000, ttft = [] as number[] } = {},
): Story {
  return told.tell({
    kind: "window",
    service: "chat",
    revision: "stable",
    measured: {
      requests: { ...emptyCounts(), ...requests },
      promptTokens: 0,
      outputTokens: 0,
      latencyUs: ttft.length === 0 ? {} : { ttft: { sum: 0, buckets: ttft } },
    },
    pods: {
      name: ["chat-1"],
      running: [4],
      waiting: [waiting],
      kvPpm: [kvPpm],
      outputTokens: [0],
      preemptions: [0],
    },
  });
}

/** What is found at `NOW`, as `object reason: message`. */
function found(told: Story, name = "chat", options: CheckOptions = {}): string[] {
  const check = checkService(told.state, NOW * SECOND, "default", name, {
    thresholds: THRESHOLDS,
    ...options,
  })!;
  return check.blockers.map(({ object, reason, message }) => `${object} ${reason}: ${message}`);
}

function verdict(told: Story): string {
  return checkService(told.state, NOW * SECOND, "default", "chat", { thresholds: THRESHOLDS })!
    .verdict;
}

Deno.test("every finding has an advice of its own", () => {
  assert.deepEqual(FINDINGS.filter((reason) => !ADVISED_REASONS.includes(reason)), []);
});

Deno.test("checkService() says that answers are errors, from the threshold on", () => {
  const told = (failed: number, rejected = 0) =>
    second(story().at(NOW), { arrived: 200, completed: 200 - failed - rejected, failed, rejected });
  assert.deepEqual(found(told(1)), []);
  assert.deepEqual(found(told(2)), [
    "llmisvc/chat ErrorRateHigh: errors 1% in the last minute: 2 failed of 200 requests",
  ]);
  assert.deepEqual(found(told(2, 8)), [
    "llmisvc/chat ErrorRateHigh: errors 5% in the last minute: 2 failed, 8 rejected of 200 requests",
  ]);
  assert.match(verdict(told(2)), /^default\/chat is Ready, but not all is well: errors 1% in/);
  const advice = (failed: number, rejected: number) =>
    checkText(
      checkService(told(failed, rejected).state, NOW * SECOND, "default", "chat", {
        thresholds: THRESHOLDS,
      })!,
      { nowUs: NOW * SECOND },
    );
  assert.match(advice(2, 0), /→ See whether pods die/);
  assert.match(advice(0, 9), /→ Give it more replicas, or send it less: gateway or/);
});

Deno.test("checkService() says which objectives of the run are missed", () => {
  // Bucket 1200 is about 40 ms: it lies above the first limit, and below the second.
  const told = second(story().at(NOW), { arrived: 1, completed: 1, good: 1 }, { ttft: [1200, 1] });
  const missed = found(told, "chat", { slos: { chat: { ttftP95Us: 1_000 } } });
  assert.equal(missed.length, 1);
  assert.match(missed[0]!, /^llmisvc\/chat SLOMissed: TTFT p95 \S+ above its 1ms$/);
  assert.deepEqual(found(told, "chat", { slos: { chat: { ttftP95Us: 3_600_000_000 } } }), []);
  // Those of the settings hold where the run has none.
  assert.equal(found(told, "chat", { slo: { ttftP95Us: 1_000 } }).length, 1);
});

Deno.test("checkService() says that an error budget burns, and that it is spent", () => {
  const objectives = { chat: { goodputPpm: 900_000, windowUs: 86_400 * SECOND } };
  const told = (good: number, windowUs = 86_400 * SECOND) => {
    const own = story({ objectives: { chat: { ...objectives.chat, windowUs } } });
    return second(own.at(NOW), { arrived: 100, completed: 100, good });
  };
  assert.deepEqual(found(told(95)), []);
  const burning = found(told(80));
  assert.equal(burning.length, 1);
  assert.match(burning[0]!, /ErrorBudgetBurning: 1\.39% of 10% bad requests in 24h.*burns at 2/);
  assert.match(
    found(told(80, NOW * SECOND))[0]!,
    /ErrorBudgetSpent: 200% of 10% bad requests.*exhausted$/,
  );
});

Deno.test("checkService() says of a load with its own objective that its budget burns", () => {
  const objective = { goodputPpm: 900_000, windowUs: 86_400 * SECOND };
  const told = story({ loads: { batch: { objective }, chat: {} } }).at(NOW);
  const counts = { arrived: 10, completed: 10, failed: 0, rejected: 0, good: 5 };
  second(told, { arrived: 10, completed: 10, good: 5 });
  const window = told.events.at(-1) as Fact<"window">;
  told.tell({ ...window, measured: { ...window.measured!, loads: { batch: counts } } });
  assert.match(found(told)[0]!, /ErrorBudgetBurning: load batch: .*burns at 5/);
});

Deno.test("checkService() says that requests wait also where the run's last second is told twice", () => {
  const told = (last: number) => {
    const own = story();
    for (let back = 29; back >= 0; back--) second(own.at(NOW - back), {}, { waiting: 9 });
    for (let again = 0; again < last; again++) second(own, { late: 9 }, { waiting: 9 });
    return own;
  };
  const waits = ["llmisvc/chat Overloaded: 9 requests wait"];
  assert.deepEqual(found(told(0)), waits);
  assert.deepEqual(found(told(1)), waits);
});

function lora(slots: number) {
  const service = llm(READY);
  const adapters = ["a", "b", "c"].map((name) => ({ name, uri: `hf://x/${name}` }));
  const model = { ...service.spec!["model"] as object, lora: { adapters, maxAdapters: slots } };
  return { ...service, spec: { ...service.spec, model } };
}

Deno.test("checkService() says that adapters take turns while the KV cache has room", () => {
  const told = (slots: number, { seconds = 40, kvPpm = 10_000 } = {}) => {
    const own = story().apply(lora(slots));
    // Every third second nobody waits: a queue that saws is one too.
    for (let back = 59; back >= 0; back--) {
      const waiting = back % 3 < 2 && back < seconds * 3 / 2 ? 9 : 0;
      second(own.at(NOW - back), {}, { waiting, kvPpm });
    }
    return own;
  };
  assert.deepEqual(found(told(1)), [
    "llmisvc/chat AdapterSlotsShort: requests waited in 40 of the last 60 s beside a KV cache of " +
    "1%: it has 3 adapters, and a batch holds 1 of them",
  ]);
  assert.deepEqual(found(told(3)), []);
  assert.deepEqual(found(told(1, { seconds: 20 })), []);
  // A full cache is what they wait for then.
  assert.match(found(told(1, { kvPpm: 950_000 }))[0]!, /^llmisvc\/chat Overloaded: KV cache 95%$/);
});

function step(phase: "Paused" | "Degraded" | "Progressing", about: string, message = "") {
  return {
    kind: "step",
    rollout: "rollouts[0]",
    service: "chat",
    step: 1,
    steps: 3,
    about,
    phase,
    aborted: phase === "Degraded",
    message,
  } as const;
}

Deno.test("checkService() tells of a rollout that is Degraded, and of one that is paused", () => {
  const base = () => second(story().at(NOW), { arrived: 1, completed: 1, good: 1 });
  assert.deepEqual(found(base().tell(step("Progressing", "setWeight 5"))), []);
  const degraded = base().tell(step("Degraded", "pause", "RolloutAborted: metric x"));
  assert.deepEqual(found(degraded), [
    "llmisvc/chat RolloutDegraded: its rollout (canary) is Degraded at step 1/3 (pause): " +
    "RolloutAborted: metric x",
  ]);
  assert.match(verdict(degraded), /is Ready, but not all is well: its rollout \(canary\) is Deg/);
  const paused = base().tell(step("Paused", "pause 2m"));
  assert.equal(
    verdict(paused),
    "default/chat is Ready; its rollout (canary) is Paused at step 1/3 (pause 2m)",
  );
});

Deno.test("checkService() says that a member has a weight and no ready pod, to it and to the first", () => {
  const canary = llm([condition("Ready", "False")], { name: "chat-canary" });
  const told = second(story().at(NOW), { arrived: 1, completed: 1, good: 1 })
    .apply(canary)
    .tell({
      kind: "scale",
      service: "chat",
      revision: "canary",
      member: "default/chat-canary",
      replicas: 1,
      by: "rollout",
    });
  const weights = (weights: Record<string, number>, ...eligible: string[]) =>
    told.tell({ kind: "weight", service: "chat", weights, eligible });
  weights({ stable: 75, canary: 25 }, "stable", "canary");
  assert.deepEqual(found(told), []);
  weights({ stable: 100, canary: 0 }, "stable");
  assert.deepEqual(found(told), []);
  weights({ stable: 75, canary: 25 }, "stable");
  const dead = "llmisvc/chat-canary WeightOnDeadMember: it has a weight of 25 of 100 and cannot " +
    "be routed to: the others take its share";
  assert.deepEqual(found(told), [dead]);
  assert.equal(found(told, "chat-canary").at(-1), dead);
  const check = checkService(told.state, NOW * SECOND, "default", "chat")!;
  assert.match(fleetText([check], { nowUs: 0 }), /WeightOnDeadMember llmisvc\/chat-canary\n/);
  assert.match(check.verdict, /not all is well: llmisvc\/chat-canary: WeightOnDeadMember$/);
  weights({ stable: 75, canary: 25 });
  assert.match(found(told)[0]!, /no member of chat takes its requests$/);
  // A service that shares no route has a weight that nothing bears on.
  weights({ stable: 100 });
  assert.deepEqual(found(told), []);
});

Deno.test("checkService() names a pod whose KV cache is full while the others have room", () => {
  const told = (seconds: number, kvPpm: readonly [number, number] = [950_000, 100_000]) => {
    const own = story();
    for (let back = 59; back >= 0; back--) {
      second(own.at(NOW - back), { arrived: 1, completed: 1, good: 1 });
      const window = own.events.at(-1) as Fact<"window">;
      const kv = back < seconds ? kvPpm : [100_000, 100_000] as const;
      const two = { running: [1, 1], waiting: [0, 0], outputTokens: [0, 0], preemptions: [0, 0] };
      own.tell({ ...window, pods: { ...two, name: ["chat-1", "chat-2"], kvPpm: [...kv] } });
    }
    return own;
  };
  assert.deepEqual(found(told(60)), [
    "pod/chat-1 PodOverloaded: KV cache 95%, while the mean of its service's pods is 52.5%",
  ]);
  assert.equal(found(told(29)).length, 0);
  assert.match(found(told(60, [950_000, 900_000]))[0]!, /^llmisvc\/chat Overloaded: KV cache 92/);
});

Deno.test("fleetText() counts those that are Ready and not well, but for a rollout's pause", () => {
  const counts = (told: Story) => {
    const check = checkService(told.state, NOW * SECOND, "default", "chat", {
      thresholds: THRESHOLDS,
    })!;
    return fleetText([check], { nowUs: 0 }).split("\n").at(-2);
  };
  const failed = { arrived: 2, completed: 1, failed: 1 };
  const base = () => second(story().at(NOW), { arrived: 1, completed: 1, good: 1 });
  assert.equal(
    counts(second(story().at(NOW), failed)),
    "1 service: 1 ready (1 not well), 0 not ready, 0 stopped",
  );
  const calm = "1 service: 1 ready, 0 not ready, 0 stopped";
  assert.equal(counts(base()), calm);
  assert.equal(counts(base().tell(step("Paused", "pause 2m"))), calm);
});
