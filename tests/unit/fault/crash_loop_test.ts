import assert from "node:assert/strict";
import { crashLoop, pods } from "mtop";
import { faultProblems, hit } from "./fault_rig.ts";

const on = pods({ service: "chat" }).first();

Deno.test("crashLoop backs off 10 s, 20 s, 40 s, and the pod comes up once it is over", () => {
  const result = hit([crashLoop({ on, after: "5s", when: "2m", for: "2m" })], { duration: "15m" });
  const starts = result.of("event")
    .filter(({ message, at }) => message === "Started container main" && at > 0)
    .map(({ at }) => at / 1e6);
  // Killed at 125 s, seen a second later, started at once, dead after 5 s; then 10 s, 20 s, 40 s.
  const deaths = starts.slice(0, 4).map((at) => at + 6);
  assert.deepEqual(starts.slice(1, 5).map((at, index) => Math.round(at - deaths[index]!)), [
    ...[10, 20, 40, 80],
  ]);
  assert.equal(starts[0], 126);
  const [, down, up] = result.ready(2, 1, 2);
  assert.equal(down, 126);
  // The last start is after its end: 157 s of imports, loading and engine init, on a beat of 10 s.
  assert.ok(up - starts.at(-1)! > 150 && up - starts.at(-1)! <= 170);
  assert.ok(starts.at(-1)! > 240);
  assert.equal(result.restarts, starts.length);
});

Deno.test("crashLoop tells the kubelet's and vLLM's words", () => {
  const result = hit([crashLoop({ on, when: "2m", permanent: true })]);
  assert.match(
    result.told("BackOff")[0]![1],
    /^Back-off restarting failed container main in pod chat-/,
  );
  const [first] = result.pods();
  const [main] = first!.status!["containerStatuses"] as unknown as {
    state: { waiting: { reason: string; message: string } };
    lastState: { terminated: { exitCode: number; message: string } };
  }[];
  assert.equal(main!.state.waiting.reason, "CrashLoopBackOff");
  assert.match(main!.state.waiting.message, /^back-off \S+ restarting failed container=main pod=/);
  assert.match(
    main!.lastState.terminated.message,
    /^RuntimeError: Engine core initialization failed/,
  );
  assert.equal(main!.lastState.terminated.exitCode, 1);
});

Deno.test("crashLoop fails the requests of the server that runs when it begins", () => {
  const { requests } = hit([crashLoop({ on, when: "2m", permanent: true })]).metrics();
  assert.ok(requests.failed > 5 && requests.failed < 40, `${requests.failed} failed`);
});

Deno.test("crashLoop takes an exit code that a process can end with", () => {
  const fault = crashLoop({ on, when: "2m", permanent: true, exitCode: 300 });
  assert.deepEqual(Object.keys(faultProblems(fault)), ["faults[0].exitCode"]);
});
