// The statuses that KServe's documentation shows arise from clusters that cause them, field by field.
//
// `lastTransitionTime` is left out: it is when it was. What else is not as the documentation has it stands
// with each fragment, and why; a difference that is not there any more fails too.
import assert from "node:assert/strict";
import { load } from "js-yaml";
import type { Json, JsonObject } from "../../../src/kube/object.ts";
import { HAS_SAMPLES } from "../kube/presets/samples.ts";
import { MINUTE, SECOND, type World, worldOf } from "./golden_world.ts";

const FOLDER = new URL("../../../../shared/samples/status-fragments/", import.meta.url);

/** Where upstream's documentation lies beside the project. */
function documented(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !HAS_SAMPLES, fn });
}

function fragment(number: number): string {
  return Deno.readTextFileSync(new URL(`llmisvc-status--block0${number}.yaml`, FOLDER));
}

/** `path: why`, by the paths at which the fragment says something else. */
type Differences = Readonly<Record<string, string>>;

/** Where `actual` does not hold what `wanted` says; a list is compared by its items' types or names. */
function differences(actual: Json | undefined, wanted: Json, path = ""): string[] {
  if (Array.isArray(wanted)) {
    return wanted.flatMap((item, index) => {
      const key = keyOf(item, index);
      const list = (Array.isArray(actual) ? actual : []) as Json[];
      const found = list.find((other, at) => keyOf(other, at) === key);
      return differences(found, item, `${path}[${key}]`);
    });
  }
  if (typeof wanted === "object" && wanted !== null) {
    return Object.entries(wanted as JsonObject).filter(([key]) => key !== "lastTransitionTime")
      .flatMap(([key, field]) => {
        const inside = path === "" ? key : `${path}.${key}`;
        return differences((actual as JsonObject | undefined)?.[key], field!, inside);
      });
  }
  return actual === wanted ? [] : [path];
}

function keyOf(item: Json, index: number): string {
  const { type, name } = (item ?? {}) as { type?: string; name?: string };
  return type ?? name ?? String(index);
}

/** KServe's own CRD has no `observedGeneration` in a condition (knative.dev/pkg `apis.Condition`). */
const PER_CONDITION = "conditions have no observedGeneration in the CRD";

function perCondition(...types: readonly string[]): Differences {
  return Object.fromEntries(
    types.map((type) => [`conditions[${type}].observedGeneration`, PER_CONDITION]),
  );
}

function assertFragment(actual: Json, wanted: Json, but: Differences = {}): void {
  assert.deepEqual(differences(actual, wanted).sort(), Object.keys(but).sort());
}

const NODE = `
---
apiVersion: v1
kind: Node
metadata: { name: gpu-1, labels: { nvidia.com/gpu.product: H100-SXM } }
status: { allocatable: { cpu: "96", memory: 1000Gi, nvidia.com/gpu: "8" } }
`;

/** It was there before the run, and is up. */
const OLD = 'creationTimestamp: "2025-06-01T10:00:00Z"';

function service(
  { name, namespace = "default", metadata = "", spec = "", created = OLD }: {
    readonly name: string;
    readonly namespace?: string;
    readonly metadata?: string;
    readonly spec?: string;
    readonly created?: string;
  },
): string {
  return `
---
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata:
  name: ${name}
  namespace: ${namespace}
  ${created}
  annotations: { mtop.dev/rps: "0"${metadata} }
spec:
  template: { containers: [{ name: main, resources: { limits: { nvidia.com/gpu: "1" } } }] }
${spec}
`;
}

const MODEL = "  model: { uri: hf://meta-llama/Llama-3.1-8B-Instruct, name: my-model }\n";

function router(route: string, rest = ""): string {
  return `  router: { route: ${route}, scheduler: {}${rest} }\n`;
}

function statusOf(world: World, name: string): JsonObject {
  return world.service(name).status!;
}

function canary(stopped: boolean): World {
  const member = (version: string, weight: number) =>
    service({
      name: `my-model-${version}`,
      metadata: stopped && version === "v1" ? ', serving.kserve.io/stop: "true"' : "",
      spec: MODEL + router(`{ group: my-model, weight: ${weight} }`),
    });
  const world = worldOf(NODE + member("v1", 9) + member("v2", 1));
  world.clock.runUntil(MINUTE);
  return world;
}

documented("a canary of two members has the group that block 1 shows", () => {
  const { status } = load(fragment(1)) as { status: Json };
  assertFragment(statusOf(canary(false), "my-model-v2"), status);
});

documented("a member that is stopped stays listed in its group, as block 2 shows", () => {
  const [member] = load(fragment(2)) as Json[];
  const { router } = statusOf(canary(true), "my-model-v2") as {
    router: { group: { members: Json[] } };
  };
  const found = router.group.members.find((each) => keyOf(each, 0) === "my-model-v1")!;
  assertFragment(found, member!, { backendRef: "the documentation leaves it out with three dots" });
});

const KIND_GATEWAY = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: kserve-ingress-gateway, namespace: kserve }
spec: { gatewayClassName: envoy, listeners: [{ name: http, protocol: HTTP, port: 80 }] }
status: { addresses: [{ type: IPAddress, value: 172.18.0.3 }] }
`;

documented(
  "behind a gateway of a kind cluster a service has the addresses that block 3 shows",
  () => {
    const wanted = load(fragment(3)) as Json;
    const world = worldOf(
      NODE + KIND_GATEWAY + service({
        name: "facebook-opt-125m-single",
        spec: "  model: { uri: hf://facebook/opt-125m, name: facebook/opt-125m }\n" + router("{}"),
      }),
    );
    world.clock.runUntil(MINUTE);
    const status = statusOf(world, "facebook-opt-125m-single");
    assertFragment({ addresses: status["addresses"]! }, wanted);
    assert.equal(status["url"], undefined, "an internal address is no URL of the service");
  },
);

const TEAM_OVERRIDES = `
---
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceServiceConfig
metadata: { name: team-overrides, namespace: ml-team }
spec: { labels: { team: ml } }
`;

const DOCUMENTED_NAMES =
  "the documentation makes up a preset's name, and installs KServe in kserve-system, not in kserve";
const DOCUMENTED_PRESET: Differences = {
  "appliedConfigs[multi-node-defaults].name": DOCUMENTED_NAMES,
  "appliedConfigs[multi-node-defaults].namespace": DOCUMENTED_NAMES,
  "appliedConfigs[multi-node-defaults].source": DOCUMENTED_NAMES,
};

documented(
  "a service with a config of its team has applied presets and then that, as block 4 shows",
  () => {
    const wanted = load(fragment(4)) as Json;
    const world = worldOf(
      NODE + TEAM_OVERRIDES +
        service({
          name: "my-llm",
          namespace: "ml-team",
          spec: MODEL + "  baseRefs: [{ name: team-overrides }]\n",
        }),
    );
    world.clock.runUntil(SECOND);
    const applied = statusOf(world, "my-llm")["appliedConfigs"] as readonly JsonObject[];
    assertFragment({ appliedConfigs: applied }, wanted, DOCUMENTED_PRESET);
    assert.deepEqual(applied.map(({ source }) => source), ["Preset", "UserRef"]);
  },
);

const HTTPS_GATEWAY = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: inference-gateway, namespace: istio-system }
spec:
  gatewayClassName: istio
  listeners: [{ name: https, protocol: HTTPS, port: 443, hostname: my-llm.example.com }]
`;

documented(
  "a service that is Ready behind its own gateway has the status that block 5 shows",
  () => {
    const { status: wanted } = load(fragment(5)) as { status: JsonObject };
    const world = worldOf(
      NODE + HTTPS_GATEWAY + TEAM_OVERRIDES +
        service({
          name: "my-llm",
          namespace: "ml-team",
          spec: "  model: { uri: hf://meta-llama/Llama-3.1-8B-Instruct, name: my-llm }\n" +
            "  baseRefs: [{ name: team-overrides }]\n" +
            router(
              "{}",
              ", gateway: { refs: [{ name: inference-gateway, namespace: istio-system }] }",
            ),
        }),
    );
    world.clock.runUntil(MINUTE);
    assertFragment(statusOf(world, "my-llm"), wanted, {
      ...perCondition(
        ...["Ready", "PresetsCombined", "WorkloadsReady", "MainWorkloadReady", "RouterReady"],
        ...["GatewaysReady", "HTTPRoutesReady", "InferencePoolReady", "SchedulerWorkloadReady"],
      ),
      ...DOCUMENTED_PRESET,
      url: "the documentation's URL has no path, its own address of the same gateway has",
    });
  },
);

const SCALING = "  scaling: { minReplicas: 1, maxReplicas: 2, wva: { hpa: {} } }\n";

const SCALED = [
  ...["Ready", "PresetsCombined", "WorkloadsReady", "MainWorkloadReady", "ScalingReady"],
  "RouterReady",
];

documented("an autoscaled service that is Ready has the conditions that block 6 shows", () => {
  const { status: wanted } = load(fragment(6)) as { status: JsonObject };
  const spec = MODEL + SCALING + router("{}");
  const world = worldOf(NODE + service({ name: "my-llm", namespace: "kserve", spec }));
  world.clock.runUntil(5 * MINUTE);
  assertFragment(statusOf(world, "my-llm"), wanted, {
    ...perCondition(...SCALED),
    url: "the documentation's gateway has a hostname of its own",
  });
});

documented(
  "before its autoscaler publishes anything a service is not Ready, as block 7 shows",
  () => {
    const { status: wanted } = load(fragment(7)) as { status: JsonObject };
    // Its only replica may be unavailable, so that its Deployment is available from the beginning.
    const spec = MODEL + SCALING + "  rolloutStrategy: { maxUnavailable: 1, maxSurge: 0 }\n" +
      "  router: { route: {} }\n";
    const world = worldOf(
      NODE + service({ name: "my-llm", namespace: "kserve", created: "labels: {}", spec }),
    );
    // After the HPA looks for the first time, before the autoscaler does.
    world.clock.runUntil(16 * SECOND);
    const copied = "a copied message is whole: the documentation shortens it";
    assertFragment(statusOf(world, "my-llm"), wanted, {
      ...perCondition(...SCALED),
      "conditions[Ready].message": copied,
      "conditions[WorkloadsReady].message": copied,
      "conditions[ScalingReady].message":
        "Kubernetes prints the selector by which a metric is asked for; the documentation has nil",
    });
  },
);

documented("a service whose config is missing has the conditions that block 8 shows", () => {
  const { status: wanted } = load(fragment(8)) as { status: JsonObject };
  const world = worldOf(
    NODE + service({
      name: "my-llm",
      namespace: "ml-team",
      created: "labels: {}",
      spec: MODEL + "  baseRefs: [{ name: team-overrides }]\n",
    }),
  );
  world.clock.runUntil(SECOND);
  const status = statusOf(world, "my-llm");
  assertFragment(status, wanted, {
    ...perCondition("Ready", "PresetsCombined", "WorkloadsReady", "RouterReady"),
    "conditions[Ready].status":
      "up to v0.20 PresetsCombined did not count towards Ready, since then it makes it False",
    "conditions[PresetsCombined].message":
      "KServe quotes with double quotes, and its own namespace is kserve here",
  });
  const [event] = world.events().filter(({ reason }) => reason === "Error");
  assert.equal(
    event?.message,
    'Reconciliation failed: LLMInferenceServiceConfig "team-overrides" not found in namespaces ' +
      "[ml-team kserve]",
  );
});
