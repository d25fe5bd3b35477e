import assert from "node:assert/strict";
import { canary, failingRevision, pause, setWeight } from "mtop";
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

Deno.test("failingRevision takes a share", () => {
  const fault = { ...failing("5%"), failing: "0%" };
  assert.deepEqual(faultProblems(fault), {
    "faults[0].failing": 'Invalid share "0%": write more than 0% and at most 100%, such as "5%"',
  });
});
