// The lives of pods as their cluster tells them, each a text that was looked at and found right.
import assert from "node:assert/strict";
import { assertGolden } from "../../golden/golden.ts";
import { type Story, story } from "./pod_story.ts";
import { llm, MINUTE, SECOND } from "./small_fleet.ts";

/** One service without pods, then one pod from 5 s on. */
function begin(options: Parameters<typeof story>[0] = {}): Story {
  const told = story({ services: [llm("chat", { replicas: 0 })], ...options });
  told.clock.runUntil(5 * SECOND);
  const chat = told.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, 1, "test");
  return told;
}

const ONE_NODE = [{ count: 1, gpus: "1xH100-SXM" }];

/** A service whose pod was up before the run, on the only node or on the first of two. */
function up(options: Parameters<typeof story>[0] = {}): Story {
  const told = story(options);
  told.clock.runUntil(MINUTE);
  return told;
}

function withImage(image: string) {
  const service = llm("chat", { replicas: 0 });
  const template = { containers: [{ name: "main", image }] };
  return { services: [{ ...service, spec: { ...service.spec, template } }] };
}

Deno.test("Pod() tells a cold start", () => {
  const told = begin();
  told.clock.runUntil(10 * MINUTE);
  assertGolden("pods/cold-start.txt", told.lines(SECOND));
});

Deno.test("Pod() tells of an image that no registry has, and of what is no image's name", () => {
  const bad = begin(withImage("registry.invalid/vllm:1"));
  bad.clock.runUntil(5 * MINUTE);
  const none = begin(withImage("vLLM:latest:1"));
  none.clock.runUntil(5 * MINUTE);
  assertGolden("pods/bad-image.txt", `${bad.lines(SECOND)}\n${none.lines(SECOND)}`);
});

Deno.test("Pod() tells of no room, and takes it when it is there", () => {
  const told = story({ nodes: ONE_NODE, services: [llm("chat", { replicas: 2 })] });
  told.clock.runUntil(MINUTE);
  told.pod(0).terminate();
  told.clock.runUntil(3 * MINUTE);
  assertGolden("pods/unschedulable.txt", told.lines());
});

Deno.test("Pod.die() tells a crash loop", () => {
  const told = up({ nodes: ONE_NODE });
  for (let death = 1; death <= 3; death++) {
    told.pod().die("RuntimeError: Engine core initialization failed");
    told.clock.runUntil(told.clock.nowUs + MINUTE);
  }
  assertGolden("pods/crash-loop.txt", told.lines(MINUTE));
});

Deno.test("Pod.oomKill() tells OOMKilled with exit code 137", () => {
  const told = up({ nodes: ONE_NODE });
  told.load(2, 0, 10_000);
  told.clock.runUntil(MINUTE + SECOND);
  told.pod().oomKill();
  told.clock.runUntil(MINUTE + SECOND);
  assert.equal(told.requests().failed, 2);
  told.clock.runUntil(2 * MINUTE);
  told.pod().oomKill();
  told.clock.runUntil(3 * MINUTE);
  assertGolden("pods/oom-killed.txt", told.lines(MINUTE));
});

Deno.test("Pod.failInit() tells Init:Error and backs off", () => {
  const told = begin({ nodes: ONE_NODE });
  for (const at of [10, 40]) {
    told.clock.runUntil(at * SECOND);
    told.pod().failInit("huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error");
  }
  told.clock.runUntil(6 * MINUTE);
  assertGolden("pods/init-error.txt", told.lines(SECOND));
});

Deno.test("Pod.stall() tells that readiness fails, and the kill by the liveness probe", () => {
  const told = up({ nodes: ONE_NODE });
  told.load(2, 0, 10_000);
  told.clock.runUntil(MINUTE + SECOND / 2);
  told.pod().stall();
  told.clock.runUntil(MINUTE + 3 * SECOND - 1);
  assert.equal(told.pod().ready, true);
  told.clock.runUntil(MINUTE + 3 * SECOND);
  assert.equal(told.pod().ready, false);
  // They hang until its process is gone: liveness fails at 161 s, and the grace is 60 s.
  told.clock.runUntil(MINUTE + 161 * SECOND - 1);
  assert.deepEqual(told.requests(), { arrived: 2, completed: 0, failed: 0, rejected: 0 });
  told.clock.runUntil(MINUTE + 161 * SECOND);
  assert.equal(told.requests().failed, 2);
  told.clock.runUntil(5 * MINUTE);
  assertGolden("pods/liveness-kill.txt", told.lines(MINUTE));
});

Deno.test("Pod.failReadiness() tells NotReady after two probes, and Ready after one", () => {
  const told = up({ nodes: ONE_NODE });
  told.load(1, 0, 2_000);
  told.clock.runUntil(MINUTE + SECOND / 2);
  told.pod().failReadiness();
  told.clock.runUntil(MINUTE + 10 * SECOND);
  told.pod().passReadiness();
  told.clock.runUntil(2 * MINUTE);
  assert.equal(told.requests().completed, 1);
  assertGolden("pods/not-ready.txt", told.lines(MINUTE));
});

Deno.test("Pod() tells that its startup probe gave up", () => {
  const service = llm("chat", { replicas: 0 });
  const containers = [{ name: "main", image: "vllm:1", startupProbe: { failureThreshold: 10 } }];
  const services = [{ ...service, spec: { ...service.spec, template: { containers } } }];
  const told = begin({ nodes: ONE_NODE, services });
  told.clock.runUntil(7 * MINUTE);
  assertGolden("pods/startup-probe.txt", told.lines(SECOND));
});

Deno.test("Pod.terminate() tells a termination with requests in flight", () => {
  const told = up({ nodes: ONE_NODE });
  told.load(2, 0, 4_000);
  told.load(1, 0, 60_000);
  told.clock.runUntil(MINUTE + SECOND);
  const chat = told.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, 0, "test");
  told.clock.runUntil(MINUTE + 61 * SECOND - 1);
  assert.deepEqual(told.requests(), { arrived: 3, completed: 2, failed: 0, rejected: 0 });
  told.clock.runUntil(3 * MINUTE);
  assert.deepEqual(told.requests(), { arrived: 3, completed: 2, failed: 1, rejected: 0 });
  assertGolden("pods/termination.txt", told.lines(MINUTE));
});

Deno.test("Pod.evict() tells Evicted, and another pod is made", () => {
  const told = up();
  const before = told.pod();
  told.load(2, 0, 10_000);
  told.clock.runUntil(MINUTE);
  told.fleet.nodeLife.evict(before, "memory");
  told.clock.runUntil(MINUTE);
  const [free = 0, others = 0] = told.fleet.nodes.all.map(({ freeGpus }) => freeGpus);
  assert.deepEqual([before.gone, free + others, told.requests().failed], [true, 3, 2]);
  told.clock.runUntil(2 * MINUTE);
  assertGolden("pods/evicted.txt", told.lines(MINUTE));
});

Deno.test("NodeLife.drain() tells a drain", () => {
  const told = up();
  told.fleet.nodeLife.drain(told.pod().node!);
  told.clock.runUntil(2 * MINUTE);
  assertGolden("pods/drain.txt", told.lines(MINUTE));
});

Deno.test("NodeLife.lose() tells of a node that is back before its pods are evicted", () => {
  const told = up();
  const node = told.pod().node!;
  told.fleet.nodeLife.lose(node);
  told.clock.runUntil(5 * MINUTE);
  told.fleet.nodeLife.recover(node);
  told.clock.runUntil(12 * MINUTE);
  assertGolden("pods/node-back-before.txt", told.lines(MINUTE));
});

Deno.test("NodeLife.lose() tells of a node that is back after its pods were evicted", () => {
  const told = up();
  const node = told.pod().node!;
  told.fleet.nodeLife.lose(node);
  told.clock.runUntil(10 * MINUTE);
  told.fleet.nodeLife.recover(node);
  told.clock.runUntil(15 * MINUTE);
  assertGolden("pods/node-back-after.txt", told.lines(MINUTE));
});

Deno.test("NodeLife.remove() tells of a node that never comes back", () => {
  const told = up();
  told.fleet.nodeLife.remove(told.pod().node!);
  told.clock.runUntil(3 * MINUTE);
  assertGolden("pods/node-removed.txt", told.lines(MINUTE));
});
