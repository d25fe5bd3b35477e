// What KServe reads out of the conditions of its workloads, their traps included.
import assert from "node:assert/strict";
import {
  deploymentVerdict,
  groupsVerdict,
  singleVerdict,
} from "../../../src/kube/workload_verdicts.ts";

const available = (status: string) => ({
  type: "Available",
  status,
  reason: status === "True" ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
  message: "words",
});
const STUCK = {
  type: "Progressing",
  status: "False",
  reason: "ProgressDeadlineExceeded",
  message: 'ReplicaSet "x" has timed out progressing.',
};

Deno.test("deploymentVerdict() is True, without a reason, while Available is, however stuck the rollout", () => {
  assert.deepEqual(deploymentVerdict([STUCK, available("True")]), { status: "True" });
});

Deno.test("deploymentVerdict() copies Available when it is False, and not why the rollout is stuck", () => {
  assert.deepEqual(deploymentVerdict([STUCK, available("False")]), {
    status: "False",
    reason: "MinimumReplicasUnavailable",
    message: "words",
  });
});

Deno.test("deploymentVerdict() is Progressing, without a message, before there is an Available", () => {
  assert.deepEqual(deploymentVerdict([]), { status: "False", reason: "Progressing" });
});

Deno.test("groupsVerdict() copies what an LWS was True of last, though it is False now", () => {
  const words = { reason: "AllGroupsReady", message: "All replicas are ready" };
  assert.deepEqual(groupsVerdict([]), {
    status: "False",
    reason: "Progressing",
    message: "LWS is progressing",
  });
  assert.deepEqual(groupsVerdict([{ type: "Available", status: "False", ...words }]), {
    status: "False",
    ...words,
  });
  assert.deepEqual(groupsVerdict([{ type: "Available", status: "True", ...words }]), {
    status: "True",
  });
});

Deno.test("singleVerdict() is True with one replica, and says before all else that the deadline passed", () => {
  assert.deepEqual(singleVerdict(1, [STUCK, available("False")]), { status: "True" });
  assert.equal(singleVerdict(0, [available("False"), STUCK]).reason, "ProgressDeadlineExceeded");
  assert.equal(singleVerdict(0, [available("False")]).reason, "MinimumReplicasUnavailable");
  assert.deepEqual(singleVerdict(0, []), {
    status: "False",
    reason: "Progressing",
    message: "Deployment rollout in progress",
  });
});
