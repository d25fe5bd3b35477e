// The mock present: the states of the shipped services arise from what their manifests ask for.
import assert from "node:assert/strict";
import type { FleetState } from "../../../src/fleet/state.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { kserveSchema } from "../../../src/kube/schema/kserve.ts";
import { issueCauses, unknownFields } from "../../../src/kube/validate_schema.ts";
import { planPresent } from "../../../src/scenario/present.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import { PRESENT_US } from "../../../src/sim/timestamp.ts";
import { CONFIGS, NODES, SERVICES } from "./mock_files.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface PodStatus {
  readonly conditions?: readonly Condition[];
  readonly containerStatuses?: readonly {
    readonly restartCount: number;
    readonly state?: { readonly waiting?: { readonly reason: string } };
    readonly lastState?: { readonly terminated?: { readonly message?: string } };
  }[];
}

/** What is not Ready at ten minutes, and for which reason. */
const NOT_READY: Readonly<Record<string, string>> = {
  "default/llama-3-1-405b": "MinimumReplicasUnavailable",
  "research/deepseek-v3": "MinimumReplicasUnavailable",
  "research/gemma-2-9b": "Stopped",
  "staging/granite-3-3-8b": "ConfigNotFound",
  "staging/llama-3-3-70b": "MinimumReplicasUnavailable",
  "staging/qwen3-8b": "MinimumReplicasUnavailable",
};

function present(): FleetState {
  const objects = [...NODES, ...CONFIGS, ...SERVICES].map(({ value }) => value);
  const data = { kind: "present", seed: 42, objects } as const;
  const simulation = new Simulation(planPresent(data), { data });
  simulation.advance(PRESENT_US);
  return simulation.state;
}

const state = present();

function of(kind: string): KubeObject[] {
  return Object.values(state.objects).filter((object) => object.kind === kind);
}

function condition(object: KubeObject | undefined, type: string): Condition | undefined {
  const { conditions = [] } = (object?.status ?? {}) as unknown as PodStatus;
  return conditions.find((condition) => condition.type === type);
}

function serverOf(service: string): KubeObject | undefined {
  return of("Pod").find(({ metadata: { labels = {} } }) =>
    labels["app.kubernetes.io/name"] === service && labels["kserve.io/component"] === "workload"
  );
}

Deno.test("the mock present has every service Ready but those that are broken on purpose", () => {
  const services = of("LLMInferenceService");
  assert.equal(services.length, SERVICES.length);
  const notReady = services.flatMap((object): [string, string | undefined][] => {
    const ready = condition(object, "Ready");
    const { name, namespace } = object.metadata;
    return ready?.status === "True" ? [] : [[`${namespace}/${name}`, ready?.reason]];
  });
  assert.deepEqual(Object.fromEntries(notReady.sort()), NOT_READY);
});

Deno.test("the mock present places all pods but the one that no node has room for", () => {
  const pending = of("Pod").filter(({ spec }) => spec?.["nodeName"] === undefined);
  assert.deepEqual(
    pending.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"]),
    ["llama-3-1-405b"],
  );
  assert.equal(condition(pending[0], "PodScheduled")?.reason, "Unschedulable");
});

Deno.test("the mock present crash-loops on too little memory, and cannot pull from nowhere", () => {
  const container = (service: string) =>
    (serverOf(service)?.status as unknown as PodStatus).containerStatuses?.[0];
  const { message = "" } = container("llama-3-3-70b")?.lastState?.terminated ?? {};
  assert.match(message, /^torch\.OutOfMemoryError/);
  assert.ok((container("llama-3-3-70b")?.restartCount ?? 0) >= 2);
  assert.match(
    container("qwen3-8b")?.state?.waiting?.reason ?? "",
    /^(ImagePullBackOff|ErrImagePull)$/,
  );
});

Deno.test("the mock present has one overloaded service, whose requests wait", () => {
  const waiting = Object.entries(state.services).flatMap(([name, { revisions }]) =>
    Object.values(revisions).flatMap(({ recent }) =>
      (recent.at(-1)?.pods.waiting ?? []).map((count): [string, number] => [name, count])
    )
  ).filter(([, count]) => count > 20);
  assert.deepEqual(waiting.map(([name]) => name), ["default/mistral-7b"]);
});

Deno.test("What the cluster shows of services and configs is what KServe's schema has", () => {
  const [services, configs] = [of("LLMInferenceService"), of("LLMInferenceServiceConfig")];
  assert.ok(services.length > 0 && configs.length > 0);
  for (const object of [...services, ...configs]) {
    const schema = kserveSchema("v1alpha2", object.kind === "LLMInferenceServiceConfig");
    const issues = schema.safeParse(object).error?.issues ?? [];
    const { name } = object.metadata;
    assert.deepEqual([...unknownFields(issues), ...issueCauses(issues, object)], [], name);
  }
});
