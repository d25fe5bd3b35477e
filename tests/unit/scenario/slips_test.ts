import assert from "node:assert/strict";
import { slipsIn } from "../../../src/scenario/slips.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, smallScenario } from "./small_run.ts";

const slips = (object: unknown) =>
  Object.fromEntries(slipsIn(object, ["services", 0]).map(({ path, message }) => [path, message]));

Deno.test("slipsIn() finds quantities that are none, wherever containers stand", () => {
  const container = (memory: unknown) => ({
    containers: [{ name: "main", resources: { limits: { memory }, requests: { cpu: "500m" } } }],
  });
  const spec = {
    template: container("32Gib"),
    prefill: { template: container("32Gi"), worker: container(["32Gi"]) },
    router: { scheduler: { template: container(12) } },
  };
  assert.deepEqual(slips({ spec }), {
    "services[0].spec.template.containers[0].resources.limits.memory":
      'Invalid quantity "32Gib": write one such as 8, 500m or 32Gi',
    "services[0].spec.prefill.worker.containers[0].resources.limits.memory":
      'Invalid quantity ["32Gi"]: write one such as 8, 500m or 32Gi',
  });
  // What a config's template makes of it is judged when it is known.
  assert.deepEqual(slips({ spec: { template: container("{{ .Spec.Memory }}") } }), {});
});

Deno.test("slipsIn() finds annotations that are nearly one that mtop reads", () => {
  const annotations = {
    "mtop.dev/modle": "x",
    "mtop.dev/rps": "3",
    "mtop.dev/about": "a note",
    "example.com/modle": "x",
  };
  assert.deepEqual(slips({ metadata: { annotations } }), {
    'services[0].metadata.annotations["mtop.dev/modle"]':
      'Unknown annotation "mtop.dev/modle": did you mean "mtop.dev/model"?',
  });
  for (const nothing of [null, "text", {}, { metadata: "x", spec: [] }]) {
    assert.ok(!Object.keys(slips(nothing)).some((path) => path.includes("annotations")));
  }
});

Deno.test("plan() says which of vLLM's flags was meant by one that is nearly it", () => {
  const chat = (args: readonly string[]) => smallScenario({ services: [llm("chat", { args })] });
  assert.deepEqual(problems(chat(["--max-num-seq=5"])), {
    "services[0].spec.template.containers":
      'Cannot read --max-num-seq of "chat": did you mean --max-num-seqs?',
  });
  // Flags that change nothing here are nobody's slips.
  const harmless = ["--max-logprobs=5", "--lora-modules", "--seed=3", "--host=0.0.0.0"];
  assert.ok(planned(chat([...harmless, "--max-num-seqs=5", "--served-model-name=chat"])));
});
