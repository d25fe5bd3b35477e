// Devices that pods claim: which they get, who else may not have them, and what is said where none fits.
import assert from "node:assert/strict";
import { Journal } from "../../../../src/fleet/journal.ts";
import { type NodePlan, Nodes } from "../../../../src/fleet/nodes.ts";
import type { DeviceClassPlan } from "../../../../src/fleet/scheduling/device_classes.ts";
import type { Placing } from "../../../../src/fleet/scheduling/placing.ts";
import { NO_NEEDS } from "../../../../src/fleet/scheduling/pod_needs.ts";
import { findGpu } from "../../../../src/serving/gpus.ts";
import { Clock } from "../../../../src/sim/clock.ts";
import fc from "../../../fast_check.ts";

const H100 = findGpu("H100-SXM")!;

function cluster(plans: readonly Partial<NodePlan>[], classes: readonly DeviceClassPlan[] = []) {
  const journal = new Journal(new Clock(), () => {});
  const all = plans.map((plan, i) =>
    ({ name: `n${i + 1}`, gpu: H100, gpus: 2, claimed: true, ...plan }) satisfies NodePlan
  );
  return { nodes: new Nodes(all, journal, classes), journal };
}

function claiming(
  pod: string,
  count: number,
  selectors: string[] = [],
  deviceClass = "gpu.nvidia.com",
) {
  const requests = [{ name: "device", deviceClass, count, selectors }];
  const claims = [{ name: "managed-device", template: "t", requests }];
  return { pod, needs: { ...NO_NEEDS, claims } } satisfies Placing;
}

Deno.test("Nodes.place() gives a pod the devices that it claims, and nobody else", () => {
  const { nodes, journal } = cluster([{}, {}]);
  const pods = ["a-1", "b-1", "c-1"].map((name) => claiming(name, 2));
  assert.deepEqual(pods.map((pod) => nodes.place(pod)?.name), ["n1", "n2", undefined]);
  assert.deepEqual(nodes.all[0]!.gpusOf("a-1"), [0, 1]);
  assert.equal(
    nodes.unschedulableMessage(pods[2]!),
    "0/2 nodes are available: 2 cannot allocate all claims. still not schedulable, preemption: " +
      "0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
  );
  const claims = Object.values(journal.state.objects).filter(({ kind }) =>
    kind === "ResourceClaim"
  );
  assert.deepEqual(claims.map(({ status }) => status?.["reservedFor"]), [
    [{ resource: "pods", name: "a-1" }],
    [{ resource: "pods", name: "b-1" }],
    undefined,
  ]);
  const [{ status } = assert.fail()] = claims;
  assert.deepEqual((status?.["allocation"] as Record<string, unknown>)["devices"], {
    results: [
      { request: "device", driver: "gpu.nvidia.com", pool: "n1", device: "gpu-0" },
      { request: "device", driver: "gpu.nvidia.com", pool: "n1", device: "gpu-1" },
    ],
  });
  nodes.release(pods[0]!, nodes.all[0]);
  assert.equal(nodes.place(pods[2]!)?.name, "n1");
});

Deno.test("Nodes.place() asks the class and the selectors of each device", () => {
  const { nodes } = cluster([
    { gpu: findGpu("L4") },
    { mig: { strategy: "mixed", profiles: ["3g.40gb", "1g.10gb"] } },
    {},
  ]);
  const memory = "device.capacity['gpu.nvidia.com'].memory.compareTo(quantity('40Gi')) >= 0";
  assert.equal(nodes.place(claiming("a-1", 1, [memory]))?.name, "n3");
  const slice = "device.attributes['gpu.nvidia.com'].profile == '3g.40gb'";
  const cut = claiming("b-1", 2, [slice], "mig.nvidia.com");
  assert.equal(nodes.place(cut)?.name, "n2");
  assert.deepEqual(nodes.all[1]!.gpusOf("b-1"), [0, 1]);
  assert.equal(nodes.all[1]!.gpuOf("b-1")?.name, "H100-SXM-MIG-3g.40gb");
});

Deno.test("Nodes.unschedulableMessage() names a class that does not exist instead of nodes", () => {
  const { nodes } = cluster([{ claimed: false }]);
  assert.equal(
    nodes.unschedulableMessage(claiming("a-1", 1)),
    "0/1 nodes are available: request device: device class gpu.nvidia.com does not exist. still " +
      "not schedulable, preemption: 0/1 nodes are available: 1 Preemption is not helpful for " +
      "scheduling.",
  );
});

Deno.test("Nodes.unschedulableMessage() names a selector that cannot be evaluated", () => {
  const { nodes } = cluster([{}]);
  const healthy = claiming("a-1", 1, ["device.attributes['gpu.nvidia.com'].healthy"]);
  assert.match(
    nodes.unschedulableMessage(healthy),
    /1 claim default\/a-1-managed-device: selector #0: CEL runtime error: no such key: healthy\./,
  );
  const unmade = {
    pod: "b-1",
    needs: { ...NO_NEEDS, claims: [{ name: "x", template: "t", requests: [] }] },
  };
  assert.match(
    nodes.unschedulableMessage(unmade),
    /pod "default\/b-1": ResourceClaim not created yet\./,
  );
});

Deno.test("Nodes takes classes of the cluster's own over those that drivers bring", () => {
  const attributes = { type: "A100" };
  const any = { name: "gpu.nvidia.com", selectors: ["device.driver == 'gpu.nvidia.com'"] };
  const select = claiming("a-1", 1, ["device.attributes['gpu.nvidia.com']['type'] == 'A100'"]);
  assert.equal(cluster([{ attributes }]).nodes.place(select), undefined);
  assert.equal(cluster([{ attributes }], [any]).nodes.place(select)?.name, "n1");
});

Deno.test("Nodes publishes the devices of a node, without those that are broken", () => {
  const { nodes, journal } = cluster([{}]);
  const devices = () => {
    const slice = Object.values(journal.state.objects).find(({ kind }) => kind === "ResourceSlice");
    return (slice!.spec!["devices"] as { name: string }[]).map(({ name }) => name);
  };
  assert.deepEqual(devices(), ["gpu-0", "gpu-1"]);
  nodes.all[0]!.devices.health.fail(0, false);
  nodes.changed(nodes.all[0]!);
  assert.deepEqual(devices(), ["gpu-1"]);
});

Deno.test("Nodes.retry() wakes as many pods as there are devices for", () => {
  const { nodes } = cluster([{}]);
  const full = claiming("full-1", 2);
  nodes.place(full);
  const woken: string[] = [];
  const { needs } = claiming("x", 1);
  for (const pod of ["a-1", "b-1", "c-1"]) nodes.retry({ pod, needs }).once(() => woken.push(pod));
  nodes.release(full, nodes.all[0]);
  assert.deepEqual(woken, ["a-1", "b-1"]);
});

Deno.test("Nodes.place() never gives a device to two pods, and finds one where there is one", () => {
  const profiles = fc.constantFrom(undefined, ["3g.40gb", "3g.40gb"], [
    "4g.40gb",
    "2g.20gb",
    "1g.10gb",
  ]);
  const request = fc.record({
    deviceClass: fc.constantFrom("gpu.nvidia.com", "mig.nvidia.com"),
    count: fc.integer({ min: 1, max: 2 }),
    large: fc.boolean(),
  });
  const pods = fc.array(fc.array(request, { minLength: 1, maxLength: 3 }), { maxLength: 8 });
  fc.assert(fc.property(fc.array(profiles, { minLength: 1, maxLength: 3 }), pods, (cuts, asked) => {
    const { nodes } = cluster(
      cuts.map((profiles) => profiles ? { mig: { strategy: "mixed", profiles } } : {}),
    );
    const memory = "device.capacity['gpu.nvidia.com'].memory.compareTo(quantity('30Gi')) > 0";
    for (const [index, requests] of asked.entries()) {
      const all = requests.map(({ deviceClass, count, large }, i) => ({
        name: `r${i}`,
        ...{ deviceClass, count, selectors: large ? [memory] : [] },
      }));
      const claims = [{ name: "c", template: "t", requests: all }];
      const pod = `p-${index}`;
      const held = (name: string) =>
        nodes.all.flatMap(({ devices }) => devices.slotsOf(name)).length;
      const node = nodes.place({ pod, needs: { ...NO_NEEDS, claims } });
      const count = requests.reduce((sum, { count }) => sum + count, 0);
      assert.equal(held(pod), node ? count : 0);
      for (let before = 0; before < index; before++) {
        const [own] = asked[before]!;
        assert.ok(
          own && [
            0,
            asked[before]!.reduce((n, { count }) => n + count, 0),
          ].includes(held(`p-${before}`)),
        );
      }
    }
  }));
});
