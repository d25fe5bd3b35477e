import assert from "node:assert/strict";
import { Devices, type DevicesPlan } from "../../../../src/fleet/scheduling/devices.ts";
import { findGpu } from "../../../../src/serving/gpus.ts";

const H100 = findGpu("H100-SXM")!;
const PCIE = findGpu("H100-PCIe")!;

function devices(change: Partial<DevicesPlan> = {}): Devices {
  return new Devices({ gpus: 2, gpu: H100, ...change });
}

Deno.test("Devices offers whole GPUs by the name of their maker", () => {
  assert.deepEqual(devices().capacity, { "nvidia.com/gpu": 2 });
  assert.deepEqual(devices({ gpu: findGpu("MI300X") }).capacity, { "amd.com/gpu": 2 });
  assert.deepEqual(devices({ gpu: undefined }).capacity, { "nvidia.com/gpu": 2 });
  assert.deepEqual(devices({ gpus: 0 }).capacity, {});
});

Deno.test("Devices offers slices by their size, or as GPUs where all are alike", () => {
  const mixed = devices({
    mig: { strategy: "mixed", profiles: ["3g.40gb", "1g.10gb", "1g.10gb"] },
  });
  assert.deepEqual(mixed.capacity, { "nvidia.com/mig-3g.40gb": 2, "nvidia.com/mig-1g.10gb": 4 });
  const single = devices({ mig: { strategy: "single", profiles: Array(7).fill("1g.10gb") } });
  assert.deepEqual(single.capacity, { "nvidia.com/gpu": 14 });
});

Deno.test("Devices gives a slice to one pod, with the slice's facts, and takes it with its GPU", () => {
  const cut = devices({ mig: { strategy: "mixed", profiles: ["3g.40gb", "3g.40gb"] } });
  const resource = "nvidia.com/mig-3g.40gb";
  for (const pod of ["a", "b", "c"]) cut.take(pod, resource, 1);
  assert.deepEqual(["a", "b", "c"].map((pod) => cut.gpusOf(pod)), [[0], [0], [1]]);
  assert.deepEqual(cut.podsOn(0), ["a", "b"]);
  assert.equal(cut.factsOf("a")?.name, "H100-SXM-MIG-3g.40gb");
  cut.health.fail(0, false);
  assert.deepEqual(cut.allocatable, { [resource]: 2 });
  cut.release("a");
  cut.take("d", resource, 1);
  assert.deepEqual(cut.gpusOf("d"), [1]);
});

Deno.test("Devices keeps the pods of one GPU apart by turns, the emptiest GPU first", () => {
  const shared = devices({ turns: 2 });
  assert.deepEqual(shared.capacity, { "nvidia.com/gpu": 4 });
  for (const pod of ["a", "b", "c"]) shared.take(pod, "nvidia.com/gpu", 1);
  assert.deepEqual(["a", "b", "c"].map((pod) => shared.gpusOf(pod)), [[0], [1], [0]]);
});

Deno.test("Devices puts a pod on the island with just room for it, and links it as it lies", () => {
  const pairs = devices({ gpu: PCIE, gpus: 6, islands: { size: 2, linkGBps: 300 } });
  const take = (pod: string, count: number) => {
    pairs.take(pod, "nvidia.com/gpu", count);
    return pairs.gpusOf(pod);
  };
  assert.deepEqual(take("a", 1), [0]);
  assert.deepEqual(take("b", 2), [2, 3]);
  assert.deepEqual(take("c", 1), [1]);
  assert.equal(pairs.factsOf("b")?.linkGBps, 300);
  pairs.release("c");
  // No island has room for three: the emptiest and what is left beside it.
  assert.deepEqual(take("d", 3), [1, 4, 5]);
  assert.equal(pairs.factsOf("d")?.linkGBps, 64);
  assert.equal(pairs.factsOf("a"), PCIE);
});
