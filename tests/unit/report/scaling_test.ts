import assert from "node:assert/strict";
import { type Check, checkService } from "../../../src/report/check.ts";
import { checkData, checkText } from "../../../src/report/check_text.ts";
import { kedaBy, scaledFleet, scaledService } from "../fleet/autoscale/scaled_fleet.ts";
import { MINUTE, SECOND } from "../fleet/small_fleet.ts";

function checked(scaling: unknown, seconds: number, load?: number): Check {
  const small = scaledFleet(scaledService(scaling));
  if (load) small.load(load * 60, Math.round(SECOND / load), 300);
  small.clock.runUntil(seconds * SECOND);
  return checkService(small.journal.state, seconds * SECOND, "default", "chat")!;
}

const lines = (check: Check) =>
  checkText(check, { nowUs: 20 * MINUTE }).split("\n\n").find((text) => text.startsWith("Scaling"));

Deno.test("checkText() says how many replicas there are, between what, by whom and why", () => {
  assert.equal(
    lines(checked(kedaBy("vector(20)", "2"), 60)),
    `Scaling
  WORKLOAD   REPLICAS   BOUNDS   METRIC   BY
  main              5   1–5      4/2      scaledobject/chat-kserve-keda
  main: TooManyReplicas, the desired replica count is more than the maximum replica count`,
  );
});

Deno.test("checkText() says nothing of scaling where replicas are fixed", () => {
  const { spec: { scaling: _, ...spec }, ...service } = scaledService({});
  const small = scaledFleet({ ...service, spec: { ...spec, replicas: 1 } });
  const check = checkService(small.journal.state, 0, "default", "chat")!;
  assert.equal(lines(check), undefined);
  assert.deepEqual(checkData(check)["scaling"], []);
});

Deno.test("checkService() names a trigger that fails, with what to do about it", () => {
  const check = checked(kedaBy("sum(never_heard_of_it)", "2"), 60);
  assert.equal(check.ready, "False");
  const [blocker] = check.blockers;
  assert.deepEqual([blocker!.reason, blocker!.message], [
    "TriggerError",
    "Triggers defined in ScaledObject are not working correctly: prometheus query " +
    'sum(never_heard_of_it): the metric "never_heard_of_it" is not simulated',
  ]);
  assert.match(blocker!.advice, /Do not take it for KEDA's verdict/);
  assert.match(blocker!.advice, /spec\.scaling\.keda\.triggers/);
  assert.match(lines(check)!, /main: TriggerError, Triggers defined/);
});

Deno.test("checkService() tells of an HPA that takes the replicas wanted times those that are ready", () => {
  const check = checked({ minReplicas: 1, maxReplicas: 5, wva: { hpa: {} } }, 20 * 60, 200);
  const beyond = check.blockers.find(({ reason }) => reason === "ScaledBeyondDesired")!;
  assert.deepEqual([beyond.object, beyond.message], [
    "hpa/chat-kserve-hpa",
    "wva_desired_replicas is 2, and there are 5: as a Value it is taken times the pods that are " +
    "ready",
  ]);
  assert.match(beyond.advice, /spec\.scaling\.wva\.keda/);
});
