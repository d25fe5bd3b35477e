// What a scenario says of its cluster: bandwidths as text, and what comes of them.
import assert from "node:assert/strict";
import { gpuPricesOf, supplyOf } from "../../../src/scenario/cluster_schema.ts";
import { parseBandwidth } from "../../../src/serving/bandwidth_schema.ts";
import { DEFAULT_SUPPLY } from "../../../src/serving/startup.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const cluster = (more: object) => ({
  cluster: { nodes: [{ count: 3, gpus: "2xH100-SXM" }], ...more },
});

Deno.test("parseBandwidth() reads bytes and bits, decimal and binary", () => {
  assert.equal(parseBandwidth("1.5GB/s"), 1_500_000_000);
  assert.equal(parseBandwidth("25Gbit/s"), 3_125_000_000);
  assert.equal(parseBandwidth("1 GiB/s"), 2 ** 30);
  assert.equal(parseBandwidth("800kB/s"), 800_000);
});

Deno.test("parseBandwidth() is undefined for what is no bandwidth", () => {
  for (
    const text of ["", "5", "GB/s", "0GB/s", "-1GB/s", "1GB", "1gb/s", "1toString/s", "9e9GB/s"]
  ) {
    assert.equal(parseBandwidth(text), undefined, text);
  }
});

Deno.test("supplyOf() is what was measured but for what the scenario says", () => {
  const { scenario } = planned(smallScenario(cluster({
    bandwidth: { hub: "1GB/s", volume: "2GB/s" },
    imageStreaming: true,
  })));
  assert.deepEqual(supplyOf(scenario.cluster), {
    ...DEFAULT_SUPPLY,
    ...{ hub: 1_000_000_000, volume: 2_000_000_000, imageStreaming: true },
  });
  assert.equal(supplyOf(planned(smallScenario()).scenario.cluster), undefined);
});

Deno.test("gpuPricesOf() are whole thousandths, since a log holds integers", () => {
  assert.deepEqual(gpuPricesOf({ prices: { "H100-SXM": 2.4999 } }), { "H100-SXM": 2500 });
});

Deno.test("plan() names a bandwidth that it cannot read, and a line that is none", () => {
  const found = problems(smallScenario(cluster({ bandwidth: { hub: "fast" } })));
  assert.match(
    found["cluster.bandwidth.hub"]!,
    /^Invalid bandwidth "fast": write a number above 0/,
  );
  const unknown = problems(smallScenario(cluster({ bandwidth: { disk: "1GB/s" } })));
  assert.match(Object.values(unknown)[0]!, /disk/);
});

Deno.test("Simulation tells the supply and the prices that its scenario says", () => {
  const data = smallScenario(cluster({ imageStreaming: true, prices: { "H100-SXM": 2.5 } }));
  const [{ supply, gpuPrices } = assert.fail()] = run({ ...data, load: [] }).of("run.started");
  assert.deepEqual(supply, { ...DEFAULT_SUPPLY, imageStreaming: true });
  assert.deepEqual(gpuPrices, { "H100-SXM": 2500 });
  const [started] = run(smallScenario({ load: [] })).of("run.started");
  assert.equal("supply" in started!, false);
});
