import assert from "node:assert/strict";
import { FETCHING, llm, LOADING, MINUTE, PHASES, SECOND, smallFleet } from "./small_fleet.ts";

/** One service without pods, then one pod from 5 s on. */
function begin(options: Parameters<typeof smallFleet>[0] = {}) {
  const small = smallFleet({ services: [llm("chat", { replicas: 0 })], ...options });
  const service = small.fleet.services.get("chat")!;
  const revision = service.revision("stable")!;
  small.clock.runUntil(5 * SECOND);
  service.scale(revision, 1, "test");
  return { ...small, service, revision };
}

Deno.test("Pod() pulls, starts and is ready on a beat of the startup probe", () => {
  const { clock, told, pod } = begin();
  clock.runUntil(5 * SECOND + FETCHING + LOADING - 1);
  assert.equal(pod().ready, false);
  assert.equal(pod().alive, false);
  clock.runUntil(5 * SECOND + FETCHING + LOADING);
  assert.equal(pod().ready, true);
  assert.equal(pod().alive, true);
  const { name } = pod();
  assert.deepEqual(told("Scheduled"), [[5, name]]);
  const downloaded = 5 + PHASES.downloading / SECOND;
  const pulled = 5 + FETCHING / SECOND;
  assert.deepEqual(told("Pulling"), [[downloaded, name]]);
  assert.deepEqual(told("Pulled"), [[5, name], [pulled, name]]);
  assert.deepEqual(told("Started"), [[5, name], [pulled, name]]);
  assert.ok(LOADING >= PHASES.importing + PHASES.loading + PHASES.initialising);
  assert.equal(LOADING % (10 * SECOND), 0);
});

Deno.test("Pod() does not pull an image that is on the node", () => {
  const { clock, told, service, revision, pod, fleet } = begin({
    nodes: [{ count: 1, gpus: "2xH100-SXM" }],
  });
  clock.runUntil(10 * MINUTE);
  service.scale(revision, 2, "test");
  clock.runUntil(10 * MINUTE + PHASES.downloading + LOADING);
  assert.equal(pod(1).ready, true);
  assert.equal(told("Pulling").length, 1);
  assert.equal(fleet.nodes.all[0]!.images.size, 1);
});

Deno.test("Pod() is ready at once when it was up before the run began", () => {
  const { pod, told, of } = smallFleet();
  assert.equal(pod().ready, true);
  assert.deepEqual(told("Pulling"), []);
  const told0 = of("object.applied").filter(({ key }) => key.startsWith("/Pod/"));
  assert.equal(told0.length, 1);
});

Deno.test("Pod() shows its phase, reason and restarts as kubectl would", () => {
  const { clock, pod } = begin();
  const seen: string[] = [];
  const look = () => {
    const { phase, containerStatuses } = pod().object().status as {
      phase: string;
      containerStatuses: {
        ready: boolean;
        restartCount: number;
        state: { waiting?: { reason: string } };
      }[];
    };
    const [{ ready, restartCount, state } = assert.fail()] = containerStatuses;
    seen.push(`${phase} ${state.waiting?.reason ?? "running"} ${ready} ${restartCount}`);
  };
  clock.runUntil(6 * SECOND);
  look();
  clock.runUntil(5 * SECOND + FETCHING + 1);
  look();
  clock.runUntil(10 * MINUTE);
  look();
  pod().die("test");
  clock.runUntil(10 * MINUTE + 2 * SECOND);
  look();
  pod().die("test");
  clock.runUntil(10 * MINUTE + 4 * SECOND);
  look();
  assert.deepEqual(seen, [
    "Pending PodInitializing false 0",
    "Running running false 0",
    "Running running true 0",
    "Running running false 1",
    "Running CrashLoopBackOff false 1",
  ]);
});

Deno.test("Pod.die() fails what it holds, and for a second what is sent to it", () => {
  const { clock, pod, load, requests, told, fleet } = smallFleet();
  clock.runUntil(MINUTE);
  load(5, 0, 10_000);
  clock.runUntil(MINUTE + SECOND);
  pod().die("Xid");
  clock.runUntil(MINUTE + SECOND);
  assert.equal(requests().failed, 5);
  assert.equal(pod().alive, false);
  assert.equal(pod().ready, true);
  clock.runUntil(MINUTE + 2 * SECOND - 1);
  load(3, 0);
  clock.runUntil(MINUTE + 2 * SECOND - 1);
  assert.deepEqual(requests(), { arrived: 8, completed: 0, failed: 8, rejected: 0 });
  clock.runUntil(MINUTE + 2 * SECOND);
  assert.equal(pod().ready, false);
  load(2, 0);
  clock.runUntil(MINUTE + 3 * SECOND);
  assert.deepEqual(requests(), { arrived: 10, completed: 0, failed: 8, rejected: 2 });
  assert.deepEqual(told("Failed"), []);
  const [{ lastState } = assert.fail()] = pod().object().status!["containerStatuses"] as never as {
    lastState: unknown;
  }[];
  assert.deepEqual(lastState, {
    terminated: {
      exitCode: 1,
      reason: "Error",
      message: "Xid",
      startedAt: "2026-01-01T00:00:00Z",
      finishedAt: "2026-01-01T00:01:01Z",
    },
  });
  assert.deepEqual(fleet.inFlight(), { chat: 0 });
});

Deno.test("Pod.die() restarts the container at once the first time, on the same node", () => {
  const { clock, pod, told } = smallFleet();
  clock.runUntil(MINUTE);
  const { node } = pod();
  pod().die("test");
  clock.runUntil(MINUTE + SECOND + LOADING);
  assert.equal(pod().ready, true);
  assert.equal(pod().node, node);
  assert.deepEqual(told("Started").map(([at]) => at), [61]);
  assert.deepEqual(told("BackOff"), []);
});

Deno.test("Pod.die() backs off 10 s, then twice as long each time up to 300 s", () => {
  const { clock, pod, told } = smallFleet();
  clock.runUntil(MINUTE);
  const waits: number[] = [];
  for (let death = 1; death <= 8; death++) {
    const diedUs = clock.nowUs;
    pod().die("test");
    clock.runUntil(diedUs + 7 * MINUTE);
    const [startedAt] = told("Started").at(-1)!;
    waits.push(startedAt - diedUs / SECOND - 1);
  }
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
});

Deno.test("Pod() crash-loops when its model cannot start on the node it was given", () => {
  // On an L4 24 GiB do not hold the weights and a whole context; the plan lets it pass for the H100.
  const { clock, told, pod, fleet } = begin({
    nodes: [{ count: 1, gpus: "1xH100-SXM" }, { count: 1, gpus: "2xL4" }],
    services: [llm("chat", { replicas: 0, args: ["--max-model-len=65536"] })],
  });
  clock.runUntil(30 * MINUTE);
  assert.equal(pod().node!.plan.gpu!.name, "L4");
  assert.equal(pod().ready, false);
  assert.ok(told("BackOff").length >= 3);
  assert.equal(fleet.services.get("chat")!.revision("stable")!.readyReplicas, 0);
});

Deno.test("Pod() crash-loops when its model cannot start, though the run begins with it up", () => {
  const { clock, told, pod } = smallFleet({
    nodes: [{ count: 1, gpus: "1xH100-SXM" }, { count: 1, gpus: "2xL4" }],
    services: [llm("chat", { args: ["--max-model-len=65536"] })],
  });
  assert.equal(pod().ready, false);
  clock.runUntil(30 * MINUTE);
  assert.equal(pod().node!.plan.gpu!.name, "L4");
  assert.ok(told("BackOff").length >= 3);
});

Deno.test("Pod.terminate() lets requests in flight finish, and is gone after the preStop", () => {
  const { clock, pod, load, requests, fleet, service, revision } = terminating();
  load(4, 0, 100);
  clock.runUntil(MINUTE + SECOND);
  service.scale(revision, 0, "test");
  assert.equal(pod().ready, false);
  clock.runUntil(MINUTE + 16 * SECOND - 1);
  assert.equal(fleet.pods().length, 1);
  clock.runUntil(MINUTE + 16 * SECOND);
  assert.equal(fleet.pods().length, 0);
  assert.deepEqual(requests(), { arrived: 4, completed: 4, failed: 0, rejected: 0 });
});

Deno.test("Pod.terminate() keeps an idle server through its preStop too", () => {
  const { clock, fleet, service, revision } = terminating();
  clock.runUntil(2 * MINUTE);
  service.scale(revision, 0, "test");
  clock.runUntil(2 * MINUTE + 15 * SECOND - 1);
  assert.equal(fleet.pods().length, 1);
  assert.equal(fleet.nodes.all[0]!.freeGpus, 1);
  clock.runUntil(2 * MINUTE + 15 * SECOND);
  assert.equal(fleet.pods().length, 0);
  assert.equal(fleet.nodes.all[0]!.freeGpus, 2);
});

Deno.test("Pod.terminate() waits past the preStop for requests, and no longer", () => {
  const { clock, load, fleet, service, revision, requests, of } = terminating();
  load(1, 0, 4000);
  clock.runUntil(MINUTE + SECOND);
  service.scale(revision, 0, "test");
  clock.runUntil(MINUTE + 60 * SECOND);
  assert.deepEqual(requests(), { arrived: 1, completed: 1, failed: 0, rejected: 0 });
  assert.equal(fleet.pods().length, 0);
  const { at } = of("object.deleted")[0]!;
  assert.ok(at > MINUTE + 16 * SECOND && at < MINUTE + 60 * SECOND, `gone at ${at} µs`);
});

Deno.test("Pod.terminate() fails what is still in flight after 60 s", () => {
  const { clock, load, fleet, service, revision, requests } = terminating();
  load(2, 0, 60_000);
  clock.runUntil(MINUTE);
  service.scale(revision, 0, "test");
  clock.runUntil(2 * MINUTE - 1);
  assert.equal(fleet.inFlight()["chat"], 2);
  assert.equal(requests().failed, 0);
  clock.runUntil(2 * MINUTE);
  assert.deepEqual(requests(), { arrived: 2, completed: 0, failed: 2, rejected: 0 });
  assert.equal(fleet.pods().length, 0);
});

Deno.test("Pod.terminate() removes at once a pod whose container does not run", () => {
  const { clock, fleet, service, revision } = begin();
  clock.runUntil(6 * SECOND);
  service.scale(revision, 0, "test");
  clock.runUntil(6 * SECOND);
  assert.equal(fleet.pods().length, 0);
});

Deno.test("Pod.die() ends a pod that terminates", () => {
  const { clock, fleet, load, service, revision, pod, requests } = terminating();
  load(2, 0, 60_000);
  clock.runUntil(MINUTE);
  service.scale(revision, 0, "test");
  clock.runUntil(MINUTE + 2 * SECOND);
  pod().die("test");
  clock.runUntil(MINUTE + 2 * SECOND);
  assert.equal(fleet.pods().length, 0);
  assert.equal(requests().failed, 2);
});

Deno.test("Pod() waits while no node has room, and takes GPUs that come free", () => {
  const { clock, fleet, told, service, revision, pod } = terminating({
    nodes: [{ count: 1, gpus: "1xH100-SXM" }],
    services: [llm("chat", { replicas: 2 })],
  });
  clock.runUntil(MINUTE);
  const [first, second] = fleet.pods();
  assert.equal(second!.node, undefined);
  assert.deepEqual(told("FailedScheduling"), [[0, second!.name]]);
  assert.equal(fleet.nodes.all[0]!.gpusOf(first!.name).length, 1);
  service.scale(revision, 3, "test");
  clock.runUntil(2 * MINUTE);
  first!.terminate();
  clock.runUntil(2 * MINUTE + 20 * SECOND);
  assert.equal(pod(0).name, second!.name);
  assert.deepEqual(told("Scheduled"), [[135, second!.name]]);
});

Deno.test("Revision.reconcile() ends unready pods first, then the youngest", () => {
  const { clock, fleet, service, revision } = terminating({
    nodes: [{ count: 1, gpus: "3xH100-SXM" }],
    services: [llm("chat", { replicas: 3 })],
  });
  clock.runUntil(MINUTE);
  const [a, b, c] = fleet.pods();
  a!.die("test");
  clock.runUntil(MINUTE + 2 * SECOND);
  service.scale(revision, 2, "test");
  assert.deepEqual([a, b, c].map((pod) => pod!.terminating), [true, false, false]);
  service.scale(revision, 1, "test");
  assert.deepEqual([a, b, c].map((pod) => pod!.terminating), [true, false, true]);
});

/** One service whose pods are up. */
function terminating(options: Parameters<typeof smallFleet>[0] = {}) {
  const small = smallFleet({ nodes: [{ count: 1, gpus: "2xH100-SXM" }], ...options });
  small.clock.runUntil(MINUTE);
  const service = small.fleet.services.get("chat")!;
  return { ...small, service, revision: service.revision("stable")! };
}

Deno.test("Pod.die() forgets earlier crashes once the container ran for 10 minutes", () => {
  const { clock, pod, told } = smallFleet();
  let startedUs = 0;
  for (const [ranUs, waited] of [[MINUTE, 0], [9 * MINUTE, 10], [10 * MINUTE, 0]] as const) {
    const diedUs = startedUs + ranUs;
    clock.runUntil(diedUs);
    pod().die("test");
    clock.runUntil(diedUs + 30 * SECOND);
    startedUs = told("Started").at(-1)![0] * SECOND;
    assert.equal(startedUs, diedUs + (1 + waited) * SECOND);
  }
});
