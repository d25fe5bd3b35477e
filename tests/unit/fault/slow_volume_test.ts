import assert from "node:assert/strict";
import { slowVolume } from "mtop";
import { llm, PHASES, SECOND } from "../fleet/small_fleet.ts";
import { faultProblems, hit } from "./fault_rig.ts";

function scaled(replicas: number, fault: unknown, bandwidth?: object) {
  const service = llm("chat", { replicas: 0 });
  const metadata = {
    ...service.metadata,
    annotations: { "mtop.dev/model": "meta-llama/Llama-3.1-8B" },
  };
  return hit([fault], {
    duration: "40m",
    cluster: {
      nodes: [{ count: replicas, gpus: "1xH100-SXM" }],
      ...(bandwidth && { bandwidth }),
    },
    services: [{
      ...service,
      metadata,
      spec: { ...service.spec, model: { uri: "pvc://models/llama" } },
    }],
    changes: [{ kind: "change", service: "chat", replicas, when: "1m" }],
    load: [],
  });
}

const LOADING = PHASES.loading / SECOND;
const near = (got: readonly number[], want: number) => {
  assert.ok(got.length > 0);
  for (const each of got) assert.ok(Math.abs(each - want) < 0.1, `${each}, not ${want}`);
};

Deno.test("slowVolume by a factor: weights load so many times as long, from where it begins on", () => {
  near(
    scaled(2, slowVolume({ factor: 0.25, when: "0s", permanent: true })).phases().loading,
    4 * LOADING,
  );
  const usual = scaled(1, slowVolume({ claim: "models", factor: 0.25, when: "0s", for: "10s" }));
  near(usual.phases().loading, LOADING);
  // Loading begins when image and imports are over; the fault comes in the middle of it.
  const begunS = 60 + (PHASES.pulling + PHASES.importing) / SECOND;
  const when = `${Math.round((begunS + LOADING / 2) * 1000)}ms` as const;
  near(
    scaled(1, slowVolume({ factor: 0.25, when, permanent: true })).phases().loading,
    2.5 * LOADING,
  );
});

Deno.test("slowVolume by a factor is of what the cluster's claims give, shared by its readers", () => {
  const volume = { volume: "1GB/s" };
  const alone = scaled(1, slowVolume({ factor: 0.5, when: "0s", permanent: true }), volume);
  const [seconds = assert.fail()] = alone.phases().loading;
  const both = scaled(2, slowVolume({ factor: 0.5, when: "0s", permanent: true }), volume);
  near(both.phases().loading, 2 * seconds);
  near(
    scaled(1, slowVolume({ bandwidth: "500MB/s", when: "0s", permanent: true }), volume).phases()
      .loading,
    seconds,
  );
});

Deno.test("slowVolume that takes long to attach keeps pods in ContainerCreating, with the kubelet's words", () => {
  const result = scaled(1, slowVolume({ attach: "5m", when: "0s", permanent: true }));
  const failed = result.told("FailedMount");
  assert.deepEqual(failed.map(([at]) => at), [60 + 123, 60 + 246]);
  assert.match(
    failed[0]![1],
    /unmounted volumes=\[kserve-pvc-source\].*context deadline exceeded$/,
  );
  assert.equal(result.firstAt("Pulling"), 60 + 300);
  result.ready(0, 1);
});

Deno.test("slowVolume names a claim that a service has its model on", () => {
  const rest = { kind: "slow-volume", when: "1m", permanent: true };
  assert.deepEqual(faultProblems({ ...rest, claim: "models", factor: 0.1 }), {
    "faults[0].claim": 'Cannot find the claim "models": no service has its model on one (pvc://)',
  });
  assert.deepEqual(faultProblems(rest), {
    "faults[0]": 'say how slow: factor: 0.1, bandwidth: "100MB/s" or attach: "3m"',
  });
});
