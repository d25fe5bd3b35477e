// What a GPU can do and hold, by its datasheet; it knows no model and no cluster.

/** Dense (not sparse) peaks. */
export interface GpuFacts {
  readonly name: string;
  /** Absent: NVIDIA. */
  readonly maker?: "AMD";
  /** Of a slice: the GPU that was cut. */
  readonly sliceOf?: string;
  readonly bf16Tflops: number;
  /** Absent where the GPU does not compute in fp8. */
  readonly fp8Tflops?: number;
  /** Absent where the GPU does not compute in fp4. */
  readonly fp4Tflops?: number;
  readonly hbmTBps: number;
  /** As it is sold. */
  readonly memoryGiB: number;
  /** What CUDA or HIP gives as the device's total memory, where that is known. */
  readonly deviceGiB?: number;
  /** To the other GPUs of its node, one way: NVLink, Infinity Fabric or PCIe; absent where unknown. */
  readonly linkGBps?: number;
  /** Power limit, in watts. */
  readonly watts: number;
}

/**
 * Source: ai-dynamo/aiconfigurator 095f58a, `systems/*.yaml` (Apache-2.0); L40S reports 45 GiB of its
 * 48 GB. Beside it:
 *
 * - `RTX-4090`: NVIDIA Ada GPU Architecture whitepaper v2.02, appendix A, table 2, as others quote
 *   it (tensor cores with 32-bit accumulation; fp8 was twice too high before v2.02); its link is
 *   PCIe 4.0 ×16.
 * - `MI300X`: AMD Instinct MI300X data sheet, as PyTorch's table of devices
 *   (`torch/_inductor/analysis/device_info.py`) and others quote it; seven Infinity Fabric links of
 *   64 GB/s each way.
 * - `deviceGiB`: what PyTorch's out-of-memory errors give as "total capacity", each in several
 *   public reports (drivers differ by some 0.1 GiB); that of RTX 4090 was recorded with a measured run
 *   (25,250,627,584 bytes).
 */
const FACTS: readonly GpuFacts[] = [
  {
    name: "A100-SXM-80GB",
    bf16Tflops: 312,
    hbmTBps: 2.039,
    memoryGiB: 80,
    linkGBps: 300,
    watts: 400,
  },
  {
    name: "A30",
    bf16Tflops: 165,
    hbmTBps: 0.933,
    memoryGiB: 24,
    watts: 165,
  },
  {
    name: "B200-SXM",
    bf16Tflops: 2250,
    fp8Tflops: 4500,
    fp4Tflops: 9000,
    hbmTBps: 7.7,
    memoryGiB: 180,
    deviceGiB: 178.35,
    linkGBps: 900,
    watts: 1000,
  },
  {
    name: "B300-SXM",
    bf16Tflops: 2250,
    fp8Tflops: 4500,
    fp4Tflops: 14_000,
    hbmTBps: 7.75,
    memoryGiB: 268.6,
    linkGBps: 900,
    watts: 1100,
  },
  {
    name: "GB200",
    bf16Tflops: 2500,
    fp8Tflops: 5000,
    fp4Tflops: 10_000,
    hbmTBps: 8,
    memoryGiB: 185,
    linkGBps: 900,
    watts: 1200,
  },
  {
    name: "H100-PCIe",
    bf16Tflops: 756.5,
    fp8Tflops: 1513,
    hbmTBps: 2,
    memoryGiB: 80,
    linkGBps: 64,
    watts: 350,
  },
  {
    name: "H100-SXM",
    bf16Tflops: 989,
    fp8Tflops: 1978,
    hbmTBps: 3.35,
    memoryGiB: 80,
    deviceGiB: 79.11,
    linkGBps: 450,
    watts: 700,
  },
  {
    name: "H200-SXM",
    bf16Tflops: 989,
    fp8Tflops: 1978,
    hbmTBps: 4.8,
    memoryGiB: 141,
    deviceGiB: 139.8,
    linkGBps: 450,
    watts: 700,
  },
  {
    name: "L4",
    bf16Tflops: 121,
    fp8Tflops: 242,
    hbmTBps: 0.3,
    memoryGiB: 24,
    deviceGiB: 22.03,
    linkGBps: 32,
    watts: 72,
  },
  {
    name: "L40S",
    bf16Tflops: 362,
    fp8Tflops: 733,
    hbmTBps: 0.864,
    memoryGiB: 45,
    deviceGiB: 44.4,
    linkGBps: 32,
    watts: 350,
  },
  {
    name: "MI300X",
    maker: "AMD",
    bf16Tflops: 1307.4,
    fp8Tflops: 2614.9,
    hbmTBps: 5.3,
    memoryGiB: 192,
    deviceGiB: 191.98,
    linkGBps: 448,
    watts: 750,
  },
  {
    name: "RTX-4090",
    bf16Tflops: 165.2,
    fp8Tflops: 330.3,
    hbmTBps: 1.008,
    memoryGiB: 24,
    deviceGiB: 23.516,
    linkGBps: 32,
    watts: 450,
  },
  {
    name: "RTX-PRO-6000",
    bf16Tflops: 468,
    fp8Tflops: 936,
    fp4Tflops: 1871,
    hbmTBps: 1.792,
    memoryGiB: 96,
    deviceGiB: 94.97,
    linkGBps: 64,
    watts: 600,
  },
];

/**
 * What NVIDIA's driver calls them (`nvidia-smi -L`), as GPU feature discovery writes it with dashes for
 * spaces, and AMD's labeller.
 */
const PRODUCTS: Readonly<Record<string, string>> = {
  "NVIDIA-A100-SXM4-80GB": "A100-SXM-80GB",
  "NVIDIA-A30": "A30",
  "NVIDIA-B200": "B200-SXM",
  "NVIDIA-B300-SXM6-AC": "B300-SXM",
  "NVIDIA-GB200": "GB200",
  "NVIDIA-H100-PCIe": "H100-PCIe",
  "NVIDIA-H100-80GB-HBM3": "H100-SXM",
  "NVIDIA-H200": "H200-SXM",
  "NVIDIA-L4": "L4",
  "NVIDIA-L40S": "L40S",
  "NVIDIA-GeForce-RTX-4090": "RTX-4090",
  "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition": "RTX-PRO-6000",
  "AMD_Instinct_MI300X_OAM": "MI300X",
};

/** The GPU of a node's label, by the name that its driver gives it or by that of mtop. */
export function findProduct(product: string): GpuFacts | undefined {
  return findGpu(Object.hasOwn(PRODUCTS, product) ? PRODUCTS[product]! : product);
}

export const GPU_NAMES = FACTS.map((gpu) => gpu.name);

export function findGpu(name: string): GpuFacts | undefined {
  return FACTS.find((gpu) => gpu.name === name);
}

/** Of what is sold, what CUDA gives where that is not known: the share of H100, L40S and RTX PRO 6000. */
const DEVICE_SHARE = 0.989;

/** Bytes that a process on the GPU sees as its total memory: what vLLM takes its share of. */
export function deviceBytes({ memoryGiB, deviceGiB }: GpuFacts): number {
  return (deviceGiB ?? memoryGiB * DEVICE_SHARE) * 2 ** 30;
}
