// GPU-hours where pods hold no whole GPUs that a device plugin counts: slices, turns, claimed devices.
import assert from "node:assert/strict";
import { costOf } from "../../../src/report/cost.ts";
import { llm } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "./small_run.ts";

interface Case {
  readonly about: string;
  readonly node: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly replicas: number;
  /** Of one GPU, all replicas together. */
  readonly gpus: number;
}

const CUT = ["3g.40gb", "3g.40gb"];
const CLAIM = { "serving.kserve.io/exp-dra-device-class": "gpu.nvidia.com" };
const CASES: readonly Case[] = [
  {
    about: "slices of one size",
    node: { gpus: "1xH100-SXM", mig: CUT, migStrategy: "single" },
    limits: { "nvidia.com/gpu": 1 },
    replicas: 2,
    gpus: 6 / 7,
  },
  {
    about: "slices by their names",
    node: { gpus: "1xH100-SXM", mig: CUT, migStrategy: "mixed" },
    limits: { "nvidia.com/mig-3g.40gb": 1 },
    replicas: 2,
    gpus: 6 / 7,
  },
  {
    about: "turns",
    node: { gpus: "1xH100-SXM", timeSlicing: 4 },
    limits: { "nvidia.com/gpu": 1 },
    replicas: 3,
    gpus: 3 / 4,
  },
  {
    about: "claimed devices",
    node: { gpus: "2xH100-SXM", dra: true },
    annotations: CLAIM,
    replicas: 2,
    gpus: 2,
  },
];

for (const { about, node, limits, annotations = {}, replicas, gpus } of CASES) {
  Deno.test(`costOf() counts ${about} as the part of a GPU that they are, at its price`, () => {
    const chat = llm("chat", { replicas });
    const { containers: [main], ...template } = chat.spec.template as unknown as {
      containers: [object];
    };
    const service = {
      ...chat,
      metadata: { ...chat.metadata, annotations },
      spec: {
        ...chat.spec,
        template: { ...template, containers: [{ ...main, resources: limits ? { limits } : {} }] },
      },
    };
    const { state } = run(smallScenario({
      cluster: { nodes: [{ count: 1, ...node }], prices: { "H100-SXM": 2 } },
      services: [service],
      duration: "1h",
      warmup: "0s",
      load: [],
    }));
    const revisions = Object.values(state.services["chat"]!.revisions);
    const cost = costOf(state, revisions, { outputTokens: 0, goodTokens: undefined }, state.at);
    assert.ok(Math.abs(cost.gpuHours! - gpus) < 1e-3, `${cost.gpuHours}`);
    assert.ok(Math.abs(cost.costUsd! - 2 * gpus) < 2e-3, `${cost.costUsd}`);
  });
}
