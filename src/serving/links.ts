// What keys and values travel over between GPUs, nodes and host memory; it knows no schedule.

import { BLOCK_TOKENS } from "./capacity.ts";
import { coefficientsOf, type Generation } from "./coefficients.ts";
import type { GpuFacts } from "./gpus.ts";
import { kvBytesPerToken, type KvDtype, kvShards, type ModelFacts } from "./models.ts";

/** One way, of one GPU; both directions at once where the link is full duplex, as all of these are. */
export interface Link {
  readonly name: string;
  readonly gigabytesPerSecond: number;
  /** Before the first byte, in µs. */
  readonly latencyUs: number;
  readonly source: string;
}

/** `p2p_latency` of aiconfigurator 095f58a, `systems/*.yaml`: the same for every GPU. */
const P2P_LATENCY_US = 10;

export const LINKS = {
  "infiniband-hdr": link(
    "infiniband-hdr",
    25,
    "200 Gb/s, one ConnectX-6 a GPU: inter_node_bw of aiconfigurator a100_sxm.yaml and l40s.yaml",
  ),
  "infiniband-ndr": link(
    "infiniband-ndr",
    50,
    "400 Gb/s, one ConnectX-7 a GPU on HGX H100: inter_node_bw of aiconfigurator h100_sxm.yaml",
  ),
  "infiniband-xdr": link(
    "infiniband-xdr",
    100,
    "800 Gb/s a GPU: inter_node_bw of aiconfigurator b200_sxm.yaml",
  ),
  "pcie-gen4-x16": link(
    "pcie-gen4-x16",
    32,
    "16 GT/s × 16 lanes: pcie_bw of aiconfigurator a100_sxm.yaml",
  ),
  "pcie-gen5-x16": link(
    "pcie-gen5-x16",
    64,
    "32 GT/s × 16 lanes: pcie_bw of aiconfigurator h200_sxm.yaml",
  ),
  "dynosim": link("dynosim", 64, "the KV hand-off's default of ai-dynamo/dynamo lib/mocker"),
} as const;

export type LinkName = keyof typeof LINKS;

function link(name: string, gigabytesPerSecond: number, source: string): Link {
  return { name, gigabytesPerSecond, latencyUs: P2P_LATENCY_US, source };
}

/** Each generation's usual server; what a real one has is the cluster's to say. */
const NETWORK: Readonly<Record<Generation, LinkName>> = {
  ampere: "infiniband-hdr",
  ada: "infiniband-hdr",
  hopper: "infiniband-ndr",
  blackwell: "infiniband-xdr",
  // Azure ND MI300X v5: eight ConnectX-7 of 400 Gb/s for eight GPUs.
  cdna3: "infiniband-ndr",
};

const HOST: Readonly<Record<Generation, LinkName>> = {
  ampere: "pcie-gen4-x16",
  ada: "pcie-gen4-x16",
  hopper: "pcie-gen5-x16",
  blackwell: "pcie-gen5-x16",
  cdna3: "pcie-gen5-x16",
};

/** The default link of one GPU to another node, over which NIXL hands keys and values on. */
export function networkLink(gpu: GpuFacts): Link {
  return LINKS[NETWORK[coefficientsOf(gpu).generation]];
}

/** The link of one GPU to its host's memory, over which keys and values are offloaded. */
export function hostLink(gpu: GpuFacts): Link {
  return LINKS[HOST[coefficientsOf(gpu).generation]];
}

/**
 * To another GPU of the node, in GB/s: NVLink, Infinity Fabric or PCIe. Where the datasheet's table
 * has none (A30 without its bridge), the PCIe link that the GPU has to its host.
 */
export function peerGigabytesPerSecond(gpu: GpuFacts): number {
  return gpu.linkGBps ?? hostLink(gpu).gigabytesPerSecond;
}

/** Bytes of one block of 16 tokens over all layers and all GPUs of a replica, each counted once. */
export function kvBytesPerBlock(model: ModelFacts, kvDtype: KvDtype = "auto"): number {
  return BLOCK_TOKENS * kvBytesPerToken(model, kvDtype);
}

/**
 * Bytes of one block that one GPU holds, which is what its own link carries: all tensor-parallel
 * GPUs hand over at once, and a stage of a pipeline has its own layers only.
 */
export function kvBytesPerBlockOfGpu(
  model: ModelFacts,
  tensorParallel: number,
  pipelineParallel = 1,
  kvDtype: KvDtype = "auto",
): number {
  const shards = kvShards(model, tensorParallel) * pipelineParallel;
  return Math.ceil(kvBytesPerBlock(model, kvDtype) / shards);
}
