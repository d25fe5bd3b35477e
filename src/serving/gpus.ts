// What a GPU can do, by its datasheet.

/** Dense (not sparse) peaks. */
export interface GpuFacts {
  readonly name: string;
  readonly bf16Tflops: number;
  readonly hbmTBps: number;
  readonly memoryGiB: number;
}

/**
 * Source: ai-dynamo/aiconfigurator 095f58a, `systems/*.yaml` (Apache-2.0); L40S reports 45 GiB of its
 * 48 GB.
 */
const FACTS: readonly GpuFacts[] = [
  { name: "A100-SXM-80GB", bf16Tflops: 312, hbmTBps: 2.039, memoryGiB: 80 },
  { name: "A30", bf16Tflops: 165, hbmTBps: 0.933, memoryGiB: 24 },
  { name: "B200-SXM", bf16Tflops: 2250, hbmTBps: 7.7, memoryGiB: 180 },
  { name: "B300-SXM", bf16Tflops: 2250, hbmTBps: 7.75, memoryGiB: 268.6 },
  { name: "GB200", bf16Tflops: 2500, hbmTBps: 8, memoryGiB: 185 },
  { name: "H100-PCIe", bf16Tflops: 756.5, hbmTBps: 2, memoryGiB: 80 },
  { name: "H100-SXM", bf16Tflops: 989, hbmTBps: 3.35, memoryGiB: 80 },
  { name: "H200-SXM", bf16Tflops: 989, hbmTBps: 4.8, memoryGiB: 141 },
  { name: "L4", bf16Tflops: 121, hbmTBps: 0.3, memoryGiB: 24 },
  { name: "L40S", bf16Tflops: 362, hbmTBps: 0.864, memoryGiB: 45 },
  { name: "RTX-PRO-6000", bf16Tflops: 468, hbmTBps: 1.792, memoryGiB: 96 },
];

export const GPU_NAMES = FACTS.map((gpu) => gpu.name);

export function findGpu(name: string): GpuFacts | undefined {
  return FACTS.find((gpu) => gpu.name === name);
}
