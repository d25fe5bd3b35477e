import assert from "node:assert/strict";
import { eppCrash } from "../../../src/mod.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { problems, type Run, run } from "../scenario/small_run.ts";
import { documents, hitShare, routed, type RoutedOptions } from "./router_rig.ts";

const BALANCED = { "mtop.dev/load-balancing": "random" };

function found(faults: readonly unknown[], options: RoutedOptions): Run {
  return run(routed({ ...options, faults, load: [documents()] }));
}

Deno.test("eppCrash that fails open brings the prefix hit rate down to random routing's, and back", () => {
  const crash = eppCrash({ when: "2m", for: "2m" });
  const picked = found([], { scheduler: {}, annotations: BALANCED });
  const random = found([], { annotations: BALANCED });
  const open = found([crash], { scheduler: {}, annotations: BALANCED });
  // The endpoint picker is ready again some 40 s after it crashed for the last time.
  const [before, during, after] = [[60, 120], [150, 240], [360, 480]] as const;
  const shares = (span: readonly [number, number]) =>
    JSON.stringify([picked, random, open].map((each) => hitShare(each, ...span)));
  const told = [before, during, after].map(shares).join();
  assert.equal(hitShare(open, ...before), hitShare(picked, ...before), told);
  assert.ok(hitShare(picked, ...during) > hitShare(random, ...during) + 0.2, told);
  assert.ok(Math.abs(hitShare(open, ...during) - hitShare(random, ...during)) < 0.06, told);
  assert.ok(hitShare(open, ...after) > hitShare(picked, ...after) - 0.1, told);
  assert.equal(open.state.services["chat"]!.revisions["stable"]!.measured.requests.rejected, 0);
});

Deno.test("eppCrash that fails closed has the gateway refuse all until the picker is ready again", () => {
  const pool = { spec: { endpointPickerRef: { failureMode: "FailClose" } } };
  const { state, of } = found([eppCrash({ when: "2m" })], { scheduler: { pool } });
  const { rejected, completed } = state.services["chat"]!.revisions["stable"]!.measured.requests;
  const refused = of("window").filter(({ measured }) => (measured?.requests.rejected ?? 0) > 0)
    .map(({ at }) => at / SECOND);
  assert.equal(refused[0], 121);
  const backAt = refused.at(-1)!;
  assert.ok(backAt > 150 && backAt < 180, `ready again at ${backAt}`);
  // 8 requests a second, all of that time and no longer.
  assert.ok(Math.abs(rejected - (backAt - 120) * 8) <= 8, `${rejected}`);
  assert.ok(completed > 2500);
});

Deno.test("eppCrash is a death of the picker's pod, which restarts with its back-off", () => {
  const { of, state } = found([eppCrash({ when: "1m", for: "3m" })], { scheduler: {} });
  const pod = Object.values(state.objects).find(({ kind, metadata }) =>
    kind === "Pod" && metadata.name.includes("scheduler")
  )!;
  const [status] = pod.status!["containerStatuses"] as unknown as {
    restartCount: number;
    lastState: { terminated: { exitCode: number } };
  }[];
  assert.ok(status!.restartCount > 3, `${status!.restartCount} restarts`);
  assert.equal(status!.lastState.terminated.exitCode, 2);
  assert.ok(
    of("event").some(({ reason, object }) => reason === "BackOff" && object.includes("scheduler")),
  );
  assert.deepEqual(of("fault").map(({ at, phase, targets }) => [at / SECOND, phase, targets]), [
    [60, "begin", ["chat stable"]],
    [240, "end", ["chat stable"]],
  ]);
});

Deno.test("plan() refuses eppCrash of a service without a picker, with its path", () => {
  assert.deepEqual(problems(routed({ faults: [eppCrash({ when: "1m", service: "chat" })] })), {
    "faults[0].service":
      'Cannot crash an endpoint picker: "chat" has none, spec.router.scheduler is missing',
  });
  const unknown = eppCrash({ when: "1m", service: "chta" });
  assert.deepEqual(problems(routed({ scheduler: {}, faults: [unknown] })), {
    "faults[0].service": 'Cannot find the service "chta": did you mean "chat"?',
  });
});
