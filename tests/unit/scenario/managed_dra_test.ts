// KServe's managed DRA: its samples on clusters that can and cannot have them.
import assert from "node:assert/strict";
import { managedDevices, withManagedClaim } from "../../../src/kube/managed_dra.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { HAS_SAMPLES, sampleObjects } from "../kube/presets/samples.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const SAMPLES = "docs-samples/managed-dra";
const MINIMAL = "llm-inference-service-managed-dra-minimal.yaml";
const MULTI = "llm-inference-service-managed-dra-multi-device.yaml";
const DRA_NODE = { count: 2, gpus: "2xH100-SXM", dra: true };

function scenarioOf(name: string, cluster: object) {
  const [object = assert.fail()] = sampleObjects(`${SAMPLES}/${name}`);
  // The parts that a scenario does not simulate: probes over TLS are the presets'.
  return smallScenario({
    cluster,
    services: [object],
    load: [{ ...smallScenario().load[0], to: object.metadata.name }],
  });
}

Deno.test("managedDevices() reads the annotations as KServe does", () => {
  const prefix = "serving.kserve.io/exp-dra-";
  assert.equal(managedDevices({}), undefined);
  assert.equal(
    managedDevices({ [`${prefix}device-class`]: "x", [`${prefix}device-count`]: "0" }),
    undefined,
  );
  assert.deepEqual(managedDevices({ [`${prefix}device-class`]: "gpu.nvidia.com" }), {
    deviceClass: "gpu.nvidia.com",
    count: 1,
    selectors: [],
    container: "main",
  });
  assert.deepEqual(
    managedDevices({
      [`${prefix}device-class`]: "gpu.nvidia.com",
      [`${prefix}device-count`]: "2",
      [`${prefix}cel-selector`]: "\n  a == 'b'  \n\nc > 1\n",
      [`${prefix}container-name`]: "server",
    }),
    {
      deviceClass: "gpu.nvidia.com",
      count: 2,
      selectors: ["a == 'b'", "c > 1"],
      container: "server",
    },
  );
});

Deno.test("withManagedClaim() claims once, for the container that is named", () => {
  const devices = { deviceClass: "gpu.nvidia.com", count: 1, selectors: [], container: "main" };
  const template = {
    containers: [{ name: "sidecar" }, { name: "main", resources: { limits: {} } }],
  };
  const once = withManagedClaim(template, "chat", devices);
  assert.deepEqual(once, {
    containers: [
      { name: "sidecar" },
      { name: "main", resources: { limits: {}, claims: [{ name: "managed-device" }] } },
    ],
    resourceClaims: [
      { name: "managed-device", resourceClaimTemplateName: "chat-managed-dra" },
    ],
  });
  assert.deepEqual(withManagedClaim(once, "chat", devices), once);
});

Deno.test({
  name: "a pod of KServe's minimal sample claims a device where a driver offers some",
  ignore: !HAS_SAMPLES,
  fn() {
    const { state } = run(scenarioOf(MINIMAL, { nodes: [DRA_NODE] }));
    const objects = Object.values(state.objects);
    const of = (kind: string) => objects.filter((object) => object.kind === kind);
    assert.equal(of("ResourceClaim").length, 1);
    assert.ok(of("ResourceClaim")[0]!.status!["allocation"]);
    assert.deepEqual(of("ResourceClaimTemplate").map(({ metadata }) => metadata.name), [
      "qwen2-7b-instruct-dra-minimal-managed-dra",
    ]);
    assert.equal(of("ResourceSlice").length, 2);
    assert.deepEqual(of("DeviceClass").map(({ metadata }) => metadata.name).sort(), [
      "gpu.nvidia.com",
      "mig.nvidia.com",
    ]);
    const server = of("Pod").find(({ metadata }) => !metadata.name.includes("router-scheduler"))!;
    const ready = (server.status!["conditions"] as { type: string; status: string }[])
      .find(({ type }) => type === "Ready");
    assert.equal(ready?.status, "True");
  },
});

Deno.test({
  name: "KServe's minimal sample is refused where GPUs are counted and no driver is there",
  ignore: !HAS_SAMPLES,
  fn() {
    const found = problems(scenarioOf(MINIMAL, { nodes: [{ count: 2, gpus: "2xH100-SXM" }] }));
    assert.match(Object.values(found)[0]!, /device class gpu\.nvidia\.com does not exist/);
  },
});

Deno.test({
  name: "KServe's sample of two devices wants a driver whose devices say that they are A100s",
  ignore: !HAS_SAMPLES,
  fn() {
    const nodes = [{ count: 2, gpus: "4xA100-SXM-80GB", dra: true }];
    // NVIDIA's driver says `gpu` of the type of every whole GPU.
    const found = problems(scenarioOf(MULTI, { nodes }));
    assert.match(Object.values(found)[0]!, /\(cannot allocate all claims\)$/);
    const other = {
      nodes: [{ ...nodes[0], dra: { attributes: { type: "A100" } } }],
      deviceClasses: [{
        name: "gpu.nvidia.com",
        selectors: ["device.driver == 'gpu.nvidia.com'"],
      }],
    };
    const { services: [service] } = planned(scenarioOf(MULTI, other));
    assert.equal(service!.serving?.gpusPerPod, 2);
    const { state } = run(scenarioOf(MULTI, other));
    const claim = Object.values(state.objects).find(({ kind }) => kind === "ResourceClaim")!;
    const { devices } = claim.status!["allocation"] as {
      devices: { results: { device: string }[] };
    };
    assert.deepEqual(devices.results.map(({ device }) => device), ["gpu-0", "gpu-1"]);
  },
});

Deno.test("plan() names a selector that is no CEL", () => {
  const [service] = smallScenario().services as unknown as KubeObject[];
  const annotations = {
    "serving.kserve.io/exp-dra-device-class": "gpu.nvidia.com",
    "serving.kserve.io/exp-dra-cel-selector": "device.driver ==",
  };
  const metadata = { ...service!.metadata, annotations };
  const found = problems(smallScenario({
    cluster: { nodes: [DRA_NODE] },
    services: [{ ...service, metadata }],
  }));
  assert.deepEqual(found, {
    'services[0].metadata.annotations["serving.kserve.io/exp-dra-cel-selector"]':
      "Cannot read the CEL selector \"device.driver ==\": Syntax error: extraneous input '<EOF>'",
  });
});
