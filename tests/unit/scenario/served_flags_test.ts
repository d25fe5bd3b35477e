// Whole runs of services with flags that change what an engine does.
import assert from "node:assert/strict";
import { mean } from "../../../src/metrics/histogram.ts";
import type { Totals } from "../../../src/metrics/totals.ts";
import { plan } from "../../../src/scenario/plan.ts";
import { llm } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "./small_run.ts";

/** What was measured of `chat`, with these flags, of a load of even requests. */
function measured(args: readonly string[], fields: Readonly<Record<string, unknown>> = {}): Totals {
  const [load] = smallScenario().load;
  const even = { ...load, kind: "constant", output: { kind: "fixed", tokens: 200 } };
  const service = llm("chat", { args });
  // Flags say how many GPUs it takes.
  const { parallelism: _, ...spec } = service.spec;
  const { state } = run(smallScenario({
    duration: "3m",
    services: [{ ...service, spec }],
    load: [even],
    ...fields,
  }));
  return state.services["chat"]!.revisions["stable"]!.measured;
}

function meanTpotUs(totals: Totals): number {
  return mean(totals.latencyUs.tpot) ?? assert.fail("nothing was decoded");
}

Deno.test("Simulation() decodes faster with drafts that are accepted, slower with refused ones", () => {
  const json = '{"method":"eagle3","num_speculative_tokens":3}';
  const plain = meanTpotUs(measured([]));
  const eagle = meanTpotUs(measured([`--speculative-config=${json}`]));
  assert.ok(eagle < plain * 0.7, `${eagle} ${plain}`);
  const service = llm("chat", { args: [`--speculative-config=${json}`] });
  const metadata = { ...service.metadata, annotations: { "mtop.dev/acceptance-rate": "0" } };
  const refused = meanTpotUs(measured([], { services: [{ ...service, metadata }] }));
  assert.ok(refused > plain, `${refused} ${plain}`);
});

Deno.test("Simulation() decodes faster with weights in fp8", () => {
  assert.ok(meanTpotUs(measured(["-q", "fp8"])) < meanTpotUs(measured([])) * 0.75);
});

Deno.test("Simulation() serves with data and pipeline parallelism, and loses no request", () => {
  const nodes = [{ count: 1, gpus: "4xH100-SXM" }];
  for (const args of [["-dp=4"], ["-pp=4"], ["-pp=2", "-tp=2"], ["-dp=2", "-tp=2"]]) {
    const { requests } = measured(args, { cluster: { nodes } });
    assert.ok(requests.completed > 300, `${args}: ${requests.completed}`);
    assert.equal(requests.failed + requests.rejected, 0, `${args}`);
  }
});

Deno.test("Simulation() decodes with four ranks as fast as one rank does with a quarter of the load", () => {
  const nodes = [{ count: 1, gpus: "4xH100-SXM" }];
  const [load] = smallScenario().load;
  const heavy = (rps: number) => [
    { ...load, kind: "constant", rps, output: { kind: "fixed", tokens: 200 } },
  ];
  const four = measured(["-dp=4"], { cluster: { nodes }, load: heavy(40) });
  const one = measured([], { cluster: { nodes }, load: heavy(10) });
  const ratio = meanTpotUs(four) / meanTpotUs(one);
  assert.ok(Math.abs(ratio - 1) < 0.1, `${ratio}`);
});

Deno.test("plan() refuses a load for an adapter that its service does not have", () => {
  const [load] = smallScenario().load;
  const adapted = [{ ...load, adapter: "tone" }];
  const some = measured(["--enable-lora"], { load: adapted }).requests;
  assert.deepEqual([some.rejected, some.completed > 0], [0, true]);
  const messageFor = (service: unknown) => {
    const result = plan(smallScenario({ services: [service], load: adapted }));
    return "problems" in result ? result.problems.map(({ path, message }) => [path, message]) : [];
  };
  const path = "load[0].adapter";
  const sentence = 'Cannot send requests for the adapter "tone" to "chat": ';
  assert.deepEqual(messageFor(llm("chat")), [[path, `${sentence}it has none`]]);
  const named = llm("chat");
  const lora = { adapters: [{ name: "tune", uri: "hf://a/b" }] };
  const spec = { ...named.spec, model: { ...named.spec.model, lora } };
  assert.deepEqual(messageFor({ ...named, spec }), [[path, `${sentence}did you mean "tune"?`]]);
});
