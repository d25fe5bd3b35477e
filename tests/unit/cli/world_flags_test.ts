import assert from "node:assert/strict";
import { worldFlags } from "../../../src/cli/world_flags.ts";

Deno.test("worldFlags() names the world that a command looked at", () => {
  assert.equal(worldFlags({}), "");
  assert.equal(worldFlags({}, { mocks: "my mocks" }), " --mocks 'my mocks'");
  // A log has its own objects, whatever the mocks are.
  assert.equal(
    worldFlags({ log: "run.jsonl", at: 750_000_000 }, { mocks: "mk" }),
    " --log run.jsonl --at 12m30s",
  );
});
