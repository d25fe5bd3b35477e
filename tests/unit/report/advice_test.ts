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
