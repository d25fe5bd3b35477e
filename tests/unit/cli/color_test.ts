import assert from "node:assert/strict";
import { type ColorInputs, hasColor } from "../../../src/cli/color.ts";
import fc from "../../fast_check.ts";

const auto = (env: ColorInputs["env"], isTerminal = true) =>
  hasColor({ choice: "auto", env, isTerminal });

Deno.test("hasColor() is true on a terminal and false on a pipe when nothing is said", () => {
  assert.equal(auto({}), true);
  assert.equal(auto({}, false), false);
  assert.equal(auto({ NO_COLOR: "", FORCE_COLOR: "" }), true);
  assert.equal(auto({ NO_COLOR: "", FORCE_COLOR: "" }, false), false);
});

Deno.test("hasColor() is what was chosen, whatever the environment says", () => {
  const text = fc.option(fc.constantFrom("", "0", "1", "dumb"), { nil: undefined });
  const env = fc.record({ NO_COLOR: text, FORCE_COLOR: text, TERM: text });
  fc.assert(fc.property(env, fc.boolean(), (env, isTerminal) => {
    assert.equal(hasColor({ choice: "always", env, isTerminal }), true);
    assert.equal(hasColor({ choice: "never", env, isTerminal }), false);
    if (env.NO_COLOR) assert.equal(hasColor({ choice: "auto", env, isTerminal }), false);
  }));
});

Deno.test("hasColor() takes NO_COLOR before FORCE_COLOR before TERM before the terminal", () => {
  assert.equal(auto({ NO_COLOR: "1", FORCE_COLOR: "1" }), false);
  assert.equal(auto({ NO_COLOR: "0" }), false);
  assert.equal(auto({ FORCE_COLOR: "1", TERM: "dumb" }, false), true);
  assert.equal(auto({ FORCE_COLOR: "0" }), false);
  assert.equal(auto({ FORCE_COLOR: "false" }), false);
  assert.equal(auto({ TERM: "dumb" }), false);
  assert.equal(auto({ TERM: "xterm" }), true);
});
