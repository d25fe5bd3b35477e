import assert from "node:assert/strict";
import { podKill, pods } from "mtop";
import { faultProblems, hit } from "./fault_rig.ts";

const first = pods({ service: "chat" }).first();

Deno.test("podKill lets requests end within the pod's grace, and its ReplicaSet makes another pod", () => {
  const result = hit([podKill({ on: first, when: "2m" })]);
  assert.equal(result.metrics().requests.failed, 0);
  assert.deepEqual(result.told("Killing"), [[120, "Stopping container main"]]);
  const [, at, back] = result.ready(2, 1, 2);
  assert.equal(at, 120);
  // On the empty node: weights in 22 s, the image in 69 s, imports, loading and engine init in 157 s.
  assert.ok(back > 360 && back < 380, `ready again at ${back}`);
  const names = new Set(
    result.of("object.applied").flatMap(({ key, object }) => object?.kind === "Pod" ? [key] : []),
  );
  assert.equal(names.size, 3);
});

Deno.test("podKill with a grace of 0s fails the requests that the pod holds, at once", () => {
  const result = hit([podKill({ on: first, when: "2m", grace: "0s" })]);
  assert.ok(result.metrics().requests.failed > 0);
  const [gone] = result.of("object.deleted");
  assert.equal(gone!.at, 120_000_000);
});

Deno.test("podKill with a short grace cuts what is not over by then", () => {
  const load = [{
    ...{ kind: "constant", name: "long", to: "chat", rps: 2 },
    ...{ prompt: { kind: "fixed", tokens: 200 }, output: { kind: "fixed", tokens: 3_000 } },
  }];
  const failed = (grace?: "20s") =>
    hit([podKill({ on: first, when: "2m", ...(grace && { grace }) })], { load }).metrics().requests
      .failed;
  // An answer takes some 30 s; KServe's hook sleeps 15 s of the 60 s.
  assert.equal(failed(), 0);
  assert.ok(failed("20s") > 0);
});

Deno.test("podKill takes a duration as its grace", () => {
  assert.deepEqual(faultProblems({ ...podKill({ on: first, when: "2m" }), grace: 5 }), {
    "faults[0].grace": "Invalid input: expected string, received number",
  });
});
