import assert from "node:assert/strict";
import { plan } from "../../../src/scenario/plan.ts";
import { yaml } from "../../../src/yaml.ts";

Deno.test("yaml() reads a manifest as data", () => {
  assert.deepEqual(yaml("kind: X\nspec:\n  replicas: 3\n  on: no\n"), {
    kind: "X",
    spec: { replicas: 3, on: "no" },
  });
});

Deno.test("yaml() does not throw: text that is no YAML is refused with the rest of the scenario", () => {
  const services = [yaml("a: [1,\nb: 2")];
  const planned = plan({
    kind: "scenario",
    name: "x",
    duration: "1m",
    cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM" }] },
    services,
    load: [],
  });
  assert.ok("problems" in planned);
  const [{ path, message } = { path: "", message: "" }, ...others] = planned.problems;
  assert.equal(path, "services[0]");
  assert.match(message, /^Cannot read the YAML: .+/);
  assert.deepEqual(others, []);
});
