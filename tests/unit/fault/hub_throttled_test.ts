import assert from "node:assert/strict";
import { hubThrottled } from "mtop";
import { llm, PHASES, SECOND, START } from "../fleet/small_fleet.ts";
import { faultProblems, hit } from "./fault_rig.ts";

function scaled(replicas: number, fault: unknown, uri = "hf://meta-llama/Llama-3.1-8B") {
  const service = llm("chat", { replicas: 0 });
  const metadata = {
    ...service.metadata,
    annotations: { "mtop.dev/model": "meta-llama/Llama-3.1-8B" },
  };
  return hit([fault], {
    duration: "30m",
    cluster: { nodes: [{ count: replicas, gpus: "1xH100-SXM" }] },
    services: [{ ...service, metadata, spec: { ...service.spec, model: { uri } } }],
    changes: [{ kind: "change", service: "chat", replicas, when: "1m" }],
    load: [],
  });
}

Deno.test("hubThrottled shares its bandwidth among all downloads", () => {
  const result = scaled(3, hubThrottled({ bandwidth: "200MB/s", when: "0s", permanent: true }));
  const seconds = 3 * START.downloadBytes / 200e6;
  for (const [at] of result.told("Pulling")) assert.ok(Math.abs(at - 60 - seconds) < 0.1);
});

Deno.test("hubThrottled answers 429: the storage initialiser fails, backs off, and comes through", () => {
  const result = scaled(2, hubThrottled({ downloads: 1, per: "2m", when: "0s", permanent: true }));
  const { state } = result;
  const failures = result.of("object.applied").filter(({ patch }) =>
    JSON.stringify(patch ?? {}).includes(
      "429 Client Error: Too Many Requests for url: https://huggingface.co/api/models/meta-llama/Llama-3.1-8B/",
    )
  );
  assert.ok(failures.length > 0);
  assert.match(
    result.told("BackOff")[0]![1],
    /restarting failed container storage-initializer in pod/,
  );
  const [first, second] = result.told("Pulling").map(([at]) => at - 60);
  assert.ok(Math.abs(first! - PHASES.downloading / SECOND) < 0.1);
  assert.ok(second! > 120 + PHASES.downloading / SECOND);
  assert.equal(Object.values(state.objects).filter(({ kind }) => kind === "Pod").length, 2);
  result.ready(0, 1, 2);
});

Deno.test("hubThrottled leaves models alone that are in no hub", () => {
  const fault = hubThrottled({ downloads: 0, when: "0s", permanent: true });
  scaled(1, fault, "s3://models/llama").ready(0, 1);
  scaled(1, fault).ready(0);
});

Deno.test("hubThrottled says what is left", () => {
  assert.deepEqual(faultProblems({ kind: "hub-throttled", when: "1m", permanent: true }), {
    "faults[0]": 'say what is left: bandwidth: "100MB/s", downloads: 4, or both',
  });
});
