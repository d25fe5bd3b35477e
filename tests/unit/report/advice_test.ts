import assert from "node:assert/strict";
import { adviceFor, ADVISED_REASONS } from "../../../src/report/advice.ts";
import { POD_PROBLEMS } from "../../../src/report/pod_problem.ts";

const SUBJECT = { namespace: "team-a", service: "chat", object: "pod/chat-1" };

Deno.test("adviceFor() has an advice of its own for every problem of a pod", () => {
  assert.deepEqual(POD_PROBLEMS.filter((reason) => !ADVISED_REASONS.includes(reason)), []);
});

Deno.test("adviceFor() names a command in every advice, and leaves no placeholder open", () => {
  for (const reason of [...ADVISED_REASONS, "NeverHeardOf", "constructor"]) {
    const advice = adviceFor(reason, SUBJECT);
    assert.match(advice, /`mtop [a-z]+/, reason);
    assert.doesNotMatch(advice, /[{}]/, reason);
    assert.doesNotMatch(advice, /\.$/, reason);
  }
});

Deno.test("adviceFor() makes every command look at the world that was checked", () => {
  for (const reason of ADVISED_REASONS) {
    const advice = adviceFor(reason, { ...SUBJECT, worldFlags: " --log run.jsonl --at 5m" });
    const commands = advice.match(/`mtop [^`]*`/g) ?? [];
    assert.ok(commands.length > 0, reason);
    for (const command of commands) assert.match(command, / --log run\.jsonl --at 5m`$/, reason);
  }
});

Deno.test("adviceFor() fills in whom it is about", () => {
  assert.equal(
    adviceFor("CrashLoopBackOff", SUBJECT),
    "Read its last words: `mtop logs chat-1 -n team-a --previous`",
  );
});

Deno.test("adviceFor() goes by what is said where that tells more than its reason", () => {
  const of = (reason: string, message: string) => adviceFor(reason, { ...SUBJECT, message });
  const none = "Preemption is not helpful for scheduling.";
  const full =
    "0/3 nodes are available: 3 Insufficient nvidia.com/gpu. preemption: 0/3 nodes are " +
    "available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found.";
  const never = "0/3 nodes are available: 3 Insufficient rdma/roce. preemption: 0/3 nodes are " +
    `available: 3 ${none}`;
  const marked =
    "0/3 nodes are available: 1 node(s) had untolerated taint {spot: true}, 2 node(s) " +
    `didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 ${none}`;
  const lost = "0/1 nodes are available: 1 node(s) had untolerated taint " +
    `{node.kubernetes.io/unreachable: }. preemption: 0/1 nodes are available: 1 ${none}`;
  assert.match(of("Unschedulable", full), /^Free GPUs/);
  assert.match(of("Unschedulable", never), /not even an empty one/);
  assert.match(of("Unschedulable", marked), /^Give the pod the tolerations/);
  assert.match(of("Unschedulable", lost), /^Bring back the nodes/);
  assert.match(
    of("Unschedulable", "request device: device class gpu.nvidia.com does not exist"),
    /^Install the DRA driver/,
  );
  const missing = (name: string) => `LLMInferenceServiceConfig "${name}" not found in namespaces`;
  assert.match(of("ConfigNotFound", missing("tuned")), /take it out of spec\.baseRefs/);
  assert.match(of("ConfigNotFound", missing("kserve-config-llm-x")), /in team-a or kserve/);
});
