// What a slice of a GPU can do and hold (NVIDIA's Multi-Instance GPU); it knows no node and no pod.

import { deviceBytes, type GpuFacts } from "./gpus.ts";

/** A size of slice that a GPU can be cut into. */
export interface MigProfile {
  /** `1g.10gb`: as NVIDIA names it, and after it the resource `nvidia.com/mig-1g.10gb`. */
  readonly name: string;
  /** Parts of the compute engine (of 7, of 4 on the smaller GPUs), and of the memory. */
  readonly slices: number;
  readonly memorySlices: number;
  /** Streaming multiprocessors, where `nvidia-smi mig -lgip` gives them. */
  readonly multiprocessors?: number;
  /** What a process sees, where that list gives it. */
  readonly memoryGiB?: number;
}

interface MigGpu {
  readonly gpus: readonly string[];
  readonly slices: number;
  readonly memorySlices: number;
  /** Of the whole GPU. */
  readonly multiprocessors?: number;
  readonly profiles: readonly MigProfile[];
}

/**
 * Source: NVIDIA MIG User Guide, "Supported MIG Profiles" (fractions of SMs and of memory); SMs and GiB of
 * A100 80GB and H100 80GB from `nvidia-smi mig -lgip` as users print it (A100: 14 SMs a slice, 98 of 108
 * in all; H100: 16, 26, 32, 60, 64 and 132 SMs). H200 and H100 are one chip with other memory; of an H200's
 * 1g.18gb the same list gives 16 GiB. B200 and the smaller GPUs: by their fractions.
 */
const MIG_GPUS: readonly MigGpu[] = [
  {
    gpus: ["A100-SXM-80GB"],
    slices: 7,
    memorySlices: 8,
    multiprocessors: 108,
    profiles: [
      profile("1g.10gb", 1, 1, 14, 9.5),
      profile("1g.20gb", 1, 2, 14, 19.5),
      profile("2g.20gb", 2, 2, 28, 19.5),
      profile("3g.40gb", 3, 4, 42, 39.25),
      profile("4g.40gb", 4, 4, 56, 39.25),
      profile("7g.80gb", 7, 8, 98, 78.75),
    ],
  },
  {
    gpus: ["H100-SXM", "H100-PCIe"],
    slices: 7,
    memorySlices: 8,
    multiprocessors: 132,
    profiles: [
      profile("1g.10gb", 1, 1, 16, 9.75),
      profile("1g.20gb", 1, 2, 26, 19.62),
      profile("2g.20gb", 2, 2, 32, 19.62),
      profile("3g.40gb", 3, 4, 60, 39.5),
      profile("4g.40gb", 4, 4, 64, 39.5),
      profile("7g.80gb", 7, 8, 132, 79.25),
    ],
  },
  {
    gpus: ["H200-SXM"],
    slices: 7,
    memorySlices: 8,
    multiprocessors: 132,
    profiles: [
      profile("1g.18gb", 1, 1, 16, 16),
      profile("1g.35gb", 1, 2, 26),
      profile("2g.35gb", 2, 2, 32),
      profile("3g.71gb", 3, 4, 60),
      profile("4g.71gb", 4, 4, 64),
      profile("7g.141gb", 7, 8, 132),
    ],
  },
  {
    gpus: ["B200-SXM"],
    slices: 7,
    memorySlices: 8,
    profiles: [
      profile("1g.23gb", 1, 1),
      profile("1g.45gb", 1, 2),
      profile("2g.45gb", 2, 2),
      profile("3g.90gb", 3, 4),
      profile("4g.90gb", 4, 4),
      profile("7g.180gb", 7, 8),
    ],
  },
  {
    gpus: ["A30"],
    slices: 4,
    memorySlices: 4,
    profiles: [profile("1g.6gb", 1, 1), profile("2g.12gb", 2, 2), profile("4g.24gb", 4, 4)],
  },
  {
    gpus: ["RTX-PRO-6000"],
    slices: 4,
    memorySlices: 4,
    profiles: [profile("1g.24gb", 1, 1), profile("2g.48gb", 2, 2), profile("4g.96gb", 4, 4)],
  },
];

function profile(
  name: string,
  slices: number,
  memorySlices: number,
  multiprocessors?: number,
  memoryGiB?: number,
): MigProfile {
  return {
    ...{ name, slices, memorySlices },
    ...(multiprocessors === undefined ? {} : { multiprocessors }),
    ...(memoryGiB === undefined ? {} : { memoryGiB }),
  };
}

function migGpu(gpu: string): MigGpu | undefined {
  return MIG_GPUS.find(({ gpus }) => gpus.includes(gpu));
}

/** The sizes that a GPU can be cut into; none where it cannot be cut, or where that is not known. */
export function migProfiles(gpu: string): readonly MigProfile[] {
  return migGpu(gpu)?.profiles ?? [];
}

/** Which part of a GPU a slice is, by its compute slices; undefined where that is not known. */
export function migShare(gpu: string, name: string): number | undefined {
  const known = migGpu(gpu);
  const found = known?.profiles.find((one) => one.name === name);
  return known && found && found.slices / known.slices;
}

/** Why a GPU cannot be cut into these slices at once; undefined where it can. */
export function cutProblem(gpu: string, profiles: readonly string[]): string | undefined {
  const known = migGpu(gpu);
  if (!known) return `${gpu} has no MIG profiles that are known`;
  const found = profiles.map((name) => known.profiles.find((one) => one.name === name));
  const unknown = profiles.find((_, i) => found[i] === undefined);
  if (unknown !== undefined) {
    const names = known.profiles.map(({ name }) => name).join(", ");
    return `${gpu} has no MIG profile "${unknown}": it has ${names}`;
  }
  const sum = (of: "slices" | "memorySlices") => found.reduce((sum, one) => sum + one![of], 0);
  if (sum("slices") > known.slices) {
    return `${gpu} has ${known.slices} compute slices, not ${sum("slices")}`;
  }
  return sum("memorySlices") > known.memorySlices
    ? `${gpu} has ${known.memorySlices} memory slices, not ${sum("memorySlices")}`
    : undefined;
}

/**
 * A slice as a GPU of its own: its share of the multiprocessors computes, its share of the memory slices
 * gives capacity and bandwidth; it draws its share of the power and has no link to other slices (NCCL has
 * no peer-to-peer between them). No slice was measured: whoever shows its figures says `uncalibrated`.
 */
export function migSlice(gpu: GpuFacts, name: string): GpuFacts | undefined {
  const known = migGpu(gpu.name);
  const found = known?.profiles.find((one) => one.name === name);
  if (!known || !found) return undefined;
  const compute = found.multiprocessors !== undefined && known.multiprocessors !== undefined
    ? found.multiprocessors / known.multiprocessors
    : found.slices / known.slices;
  const memory = found.memorySlices / known.memorySlices;
  const share = deviceBytes(gpu) / 2 ** 30 * memory;
  return {
    name: `${gpu.name}-MIG-${name}`,
    sliceOf: gpu.name,
    bf16Tflops: gpu.bf16Tflops * compute,
    ...(gpu.fp8Tflops === undefined ? {} : { fp8Tflops: gpu.fp8Tflops * compute }),
    ...(gpu.fp4Tflops === undefined ? {} : { fp4Tflops: gpu.fp4Tflops * compute }),
    hbmTBps: gpu.hbmTBps * memory,
    memoryGiB: gpu.memoryGiB * memory,
    deviceGiB: Math.min(found.memoryGiB ?? share, share),
    watts: gpu.watts * compute,
  };
}
