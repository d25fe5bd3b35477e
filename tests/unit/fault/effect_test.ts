// Faults that hit nothing say so at a run's end, and the plan warns where that is certain.
import assert from "node:assert/strict";
import {
  apiserverLatency,
  badImage,
  configError,
  dnsFailure,
  failingRevision,
  gatewayErrors,
  gatewayLag,
  hubThrottled,
  kvLinkDown,
  kvLinkSlow,
  networkBandwidth,
  networkDelay,
  networkLoss,
  networkPartition,
  pods,
  pullThrottled,
  quota,
  registryDown,
  slowingRevision,
  slowStart,
  slowVolume,
} from "../../../src/mod.ts";
import { runText } from "../../../src/report/text.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, run, smallScenario } from "../scenario/small_run.ts";

const SPAN = { when: "2m", for: "3m" } as const;
const [USERS] = smallScenario().load;
/** No request comes while faults are in force. */
const QUIET = { load: [{ ...USERS, end: "1m" }] };
/** A third pod comes up meanwhile, on a node that has neither image nor model. */
const GROWS = {
  cluster: { nodes: [{ count: 3, gpus: "1xH100-SXM" }] },
  changes: [{ kind: "change", service: "chat", when: "130s", replicas: 3 }],
};

const CHAT = llm("chat", { replicas: 2 });
/** A pod computes prompts for the others. */
const SPLIT = {
  services: [{
    ...CHAT,
    spec: { ...CHAT.spec, prefill: { replicas: 1, template: CHAT.spec.template } },
  }],
};
const CLAIMED = {
  ...GROWS,
  services: [{
    ...CHAT,
    metadata: {
      name: "chat",
      annotations: { "mtop.dev/model": "meta-llama/Llama-3.1-8B" },
    },
    spec: { ...CHAT.spec, model: { uri: "pvc://models/llama" } },
  }],
};

function idleFaults(faults: readonly unknown[], fields: Readonly<Record<string, unknown>> = {}) {
  return run(smallScenario({ faults, ...fields })).of("run.ended")[0]!.idleFaults;
}

const BANDWIDTH = { bandwidth: "100MB/s" } as const;
/** Fault, what did not happen, and what makes it happen. */
const CASES = [
  [badImage({ service: "chat", ...SPAN }), "no pod pulled it", GROWS],
  [registryDown(SPAN), "no image was pulled from it", GROWS],
  [pullThrottled({ ...BANDWIDTH, ...SPAN }), "no image was pulled", GROWS],
  [pullThrottled({ pulls: 0, ...SPAN }), "no pull was one too many", GROWS],
  [hubThrottled({ ...BANDWIDTH, ...SPAN }), "no model was downloaded", GROWS],
  [hubThrottled({ downloads: 0, ...SPAN }), "no download was one too many", GROWS],
  [dnsFailure({ host: "hub", ...SPAN }), "no model was downloaded", GROWS],
  [configError({ service: "chat", ...SPAN }), "no server of it started", GROWS],
  [
    slowStart({ service: "chat", factor: 2, ...SPAN }),
    "no pod of it went through such a phase",
    GROWS,
  ],
  [quota({ hard: { pods: 2 }, ...SPAN }), "it refused no pod", GROWS],
  [dnsFailure({ host: "gateway", ...SPAN }), "no request came that was to fail", {}],
  [gatewayErrors(SPAN), "no request came that was to fail", {}],
  [
    failingRevision({ service: "chat", failing: "50%", ...SPAN }),
    "none of its servers got a request that was to fail",
    {},
  ],
  [
    networkDelay({ on: pods().all(), latency: "1ms", ...SPAN }),
    "no request went to these pods",
    {},
  ],
  [
    networkPartition({ on: pods().first(), ...SPAN }),
    "no request went to these pods, or was there",
    {},
  ],
  [
    networkBandwidth({ on: pods().all(), rate: "1000Mbit/s", ...SPAN }),
    "no request went to these pods",
    {},
  ],
  [kvLinkSlow({ rate: "1GB/s", ...SPAN }), "no keys and values were handed over", SPLIT],
  [kvLinkDown(SPAN), "no keys and values were handed over", SPLIT],
  [slowVolume({ factor: 0.5, ...SPAN }), "no pod read or attached it", CLAIMED],
  [slowVolume({ attach: "1m", ...SPAN }), "no pod read or attached it", CLAIMED],
  [gatewayLag({ by: "10s", ...SPAN }), "no change was to come to the gateway", GROWS],
  [apiserverLatency({ by: "10s", ...SPAN }), "nothing changed that controllers hear of", GROWS],
  [networkLoss({ on: pods().all(), share: "10%", ...SPAN }), "no packet was lost", {}],
] as const;

for (const [fault, missed, makes] of CASES) {
  Deno.test(`a ${fault.kind} that hits nothing says: ${missed}`, () => {
    const { changes: _, ...same } = { changes: undefined, ...makes };
    assert.deepEqual(idleFaults([fault], { ...same, ...QUIET }), { "faults[0]": missed });
    assert.equal(idleFaults([fault], makes), undefined);
  });
}

Deno.test("a slowing-revision of a version that nobody runs had no effect", () => {
  const slowing = (image: string) =>
    slowingRevision({ service: "chat", image, by: "50%", ...SPAN });
  assert.deepEqual(idleFaults([slowing("vllm:2"), slowing("vllm:1")]), {
    "faults[0]": "no server ran it",
  });
});

Deno.test("a fault that never began is not said to have had no effect; one without end is", () => {
  const late = registryDown({ name: "late", when: "20m", for: "1m" });
  const always = registryDown({ name: "always", when: "0s", permanent: true });
  assert.deepEqual(idleFaults([late, always]), { always: "no image was pulled from it" });
});

Deno.test("the summary ends its story with faults that had no effect", () => {
  const { state } = run(smallScenario({ faults: [registryDown({ name: "down", ...SPAN })] }));
  assert.match(
    runText(state),
    / 10m00s +FaultWithoutEffect +down +no image was pulled from it while it was in force\n/,
  );
});

Deno.test("plan() warns of a fault that certainly hits nothing", () => {
  const claimed = llm("chat");
  claimed.spec.model = { uri: "pvc://models/llama", name: "meta-llama/Llama-3.1-8B" } as never;
  const warned = (faults: readonly unknown[], services: readonly unknown[] = [llm("chat")]) =>
    Object.fromEntries(
      planned(smallScenario({ services, faults })).warnings.map((
        { path, message },
      ) => [path, message]),
    );
  assert.deepEqual(
    warned([
      badImage({ image: "vllm:2", ...SPAN }),
      badImage({ image: "vllm:1", ...SPAN }),
      registryDown({ registry: "ghcr.io", ...SPAN }),
      registryDown({ registry: "docker.io", ...SPAN }),
      hubThrottled({ downloads: 0, ...SPAN }),
    ]),
    {
      "faults[0].image": 'This has no effect: no service or rollout has the image "vllm:2"',
      "faults[2].registry":
        'This has no effect: no service or rollout has an image of the registry "ghcr.io"',
    },
  );
  const hub = [hubThrottled({ downloads: 0, ...SPAN }), dnsFailure({ host: "hub", ...SPAN })];
  assert.deepEqual(Object.keys(warned(hub, [claimed])), ["faults[0].kind", "faults[1].kind"]);
  const canary = {
    ...{ kind: "canary", service: "chat", at: "1m", to: { image: "vllm:2" } },
    steps: [{ kind: "setWeight", weight: 50 }],
  };
  const both = smallScenario({
    faults: [badImage({ image: "vllm:2", ...SPAN })],
    rollouts: [canary],
  });
  assert.deepEqual(planned(both).warnings, []);
});
