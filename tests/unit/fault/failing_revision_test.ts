import assert from "node:assert/strict";
import { canary, failingRevision, pause, podKill, pods, setWeight } from "mtop";
import { llm } from "../fleet/small_fleet.ts";
import { faultProblems, hit } from "./fault_rig.ts";

const failing = (share: `${number}%`, more: object = {}) =>
  failingRevision({ service: "chat", failing: share, when: "0s", permanent: true, ...more });

Deno.test("failingRevision fails a share of the requests, by chance, and the others go on as before", () => {
  const { requests, itlMs } = hit([failing("20%")]).metrics();
  // 2,400 requests: 480 ± 5 standard deviations of 20.
  assert.ok(Math.abs(requests.failed - 480) < 100, `${requests.failed} failed`);
  assert.equal(requests.arrived, requests.completed + requests.failed + requests.inFlight);
  assert.ok(itlMs!.mean < hit([]).metrics().itlMs!.mean * 1.01);
  // The one that came before the fault, at 0 s.
  assert.equal(hit([failing("100%")]).metrics().requests.completed, 1);
});

Deno.test("failingRevision draws from its own stream: with another seed others fail, with the same the same", () => {
  const { lines } = hit([failing("20%")]);
  assert.deepEqual(hit([failing("20%")]).lines, lines);
});

Deno.test("failingRevision is over when it ends, and rows say why each request failed", () => {
  const fault = failingRevision({ service: "chat", failing: "100%", when: "2m", for: "30s" });
  const result = hit([fault], {}, { recordRequests: true });
  const failed = result.of("request").filter(({ outcome }) => outcome === "failed");
  assert.equal(failed.length, 120);
  for (const { at, reason, status, pod, revision } of failed) {
    assert.ok(at >= 120e6 && at <= 150e6);
    assert.deepEqual([reason, status, revision], ["server-error", 500, "stable"]);
    assert.match(pod!, /^chat-kserve-/);
  }
});

Deno.test("failingRevision of a canary is seen by an analysis of its error rate", () => {
  const rollouts = [canary("chat", {
    ...{ at: "10s", to: { image: "vllm:2" }, steps: [setWeight(50), pause()] },
  })];
  const { revisions } = hit([failing("100%", { of: "canary" })], { duration: "15m", rollouts })
    .service();
  assert.equal(revisions["stable"]!.requests.failed, 0);
  const { arrived, failed } = revisions["canary"]!.requests;
  assert.ok(arrived > 500);
  assert.equal(failed, arrived);
});

Deno.test("failingRevision is tried again by a route whose retries name 500, and by no other", () => {
  const service = (codes: readonly number[]) => {
    const retry = { codes, attempts: 3, backoff: "10ms" };
    const http = { spec: { rules: [{ retry, backendRefs: [] }] } };
    const chat = llm("chat", { replicas: 2 });
    return { ...chat, spec: { ...chat.spec, router: { gateway: {}, route: { http } } } };
  };
  const failed = (codes: readonly number[]) =>
    hit([failing("20%")], { services: [service(codes)] }).metrics().requests;
  assert.ok(failed([503]).failed > 300);
  const tried = failed([500, 503]);
  // 0.2⁴ of all fail for their clients.
  assert.ok(tried.failed - (tried.retriedByGateway ?? 0) < 20, JSON.stringify(tried));
});

Deno.test("failingRevision with cut breaks answers off amid: their tokens came, and they failed", () => {
  const faults = [failing("20%", { cut: true })];
  const { of, metrics, lines } = hit(faults, {}, { recordRequests: true });
  const { requests, ttftMs } = metrics();
  assert.ok(Math.abs(requests.failed - 480) < 100, `${requests.failed} failed`);
  assert.equal(requests.arrived, requests.completed + requests.failed + requests.inFlight);
  const broken = of("request").filter(({ outcome }) => outcome === "failed");
  assert.equal(broken.length, requests.failed);
  const lengths = new Set<number>();
  for (const { reason, status, outputTokens, ttftUs } of broken) {
    assert.deepEqual([reason, status], ["server-error", undefined]);
    assert.ok(ttftUs! > 0 && outputTokens! >= 1 && outputTokens! < 500, `${outputTokens}`);
    lengths.add(outputTokens!);
  }
  assert.ok(lengths.size > 100, `${lengths.size}`);
  // Whoever is cut off had the first token as soon as the others.
  assert.ok(ttftMs!.mean < hit([]).metrics().ttftMs!.mean * 1.05);
  assert.deepEqual(hit(faults, {}, { recordRequests: true }).lines, lines);
});

Deno.test("failingRevision with cut: what dies with its server before is lost, in its row too", () => {
  const kill = podKill({ when: "2m", grace: "0s", on: pods({ service: "chat" }).all() });
  const { of } = hit([failing("100%", { cut: true }), kill], {}, { recordRequests: true });
  const died = of("request").filter(({ at, outcome }) => at === 120e6 && outcome === "failed");
  assert.ok(died.length > 2, `${died.length}`);
  assert.deepEqual([...new Set(died.map(({ reason }) => reason))], ["lost"]);
});

Deno.test("failingRevision with cut is tried again by no route, and is not good", () => {
  const retry = { codes: [500], attempts: 3, backoff: "10ms" };
  const chat = llm("chat", { replicas: 2 });
  const router = {
    gateway: {},
    route: { http: { spec: { rules: [{ retry, backendRefs: [] }] } } },
  };
  const { requests, goodput } = hit([failing("20%", { cut: true })], {
    services: [{ ...chat, spec: { ...chat.spec, router } }],
    slo: { chat: { e2e: { p95: "1m" } } },
  }).metrics();
  assert.equal(requests.retriedByGateway, 0);
  assert.ok(Math.abs(goodput! - 0.8) < 0.05, `${goodput}`);
});

Deno.test("failingRevision with cut hands prompts over, and frees what its answers held", () => {
  const chat = llm("chat", { replicas: 2 });
  const prefill = { replicas: 1, template: chat.spec.template };
  const { requests } = hit([failing("50%", { cut: true })], {
    services: [{ ...chat, spec: { ...chat.spec, prefill } }],
    load: [{
      ...{ kind: "poisson", name: "users", to: "chat", rps: 4, end: "9m" },
      ...{ prompt: { kind: "fixed", tokens: 200 }, output: { kind: "fixed", tokens: 20 } },
    }],
  }).metrics();
  assert.equal(requests.inFlight, 0);
  assert.ok(requests.failed > 800 && requests.completed > 800, JSON.stringify(requests));
});

Deno.test("failingRevision takes a share", () => {
  const fault = { ...failing("5%"), failing: "0%" };
  assert.deepEqual(faultProblems(fault), {
    "faults[0].failing": 'Invalid share "0%": write more than 0% and at most 100%, such as "5%"',
  });
});
