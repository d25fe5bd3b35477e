// What a node has beside its GPUs where nobody says: its GPU's share of a machine that one can rent.

import type { Amounts } from "../fleet/scheduling/pod_needs.ts";

const GIB = 2 ** 30;

interface Machine {
  readonly gpus: number;
  readonly vcpus: number;
  readonly memoryGiB: number;
}

/**
 * By GPU, from the providers' pages of instance types: AWS p4de.24xlarge, p5.48xlarge, p5en.48xlarge,
 * p6-b200.48xlarge, p6-b300.48xlarge, p6e-gb200.36xlarge, g6.48xlarge, g6e.48xlarge, g7e.48xlarge; Azure
 * Standard_ND96isr_MI300X_v5, and Standard_NC80adis_H100_v5 for H100 on PCIe cards.
 */
const MACHINES: Readonly<Record<string, Machine>> = {
  "A100-SXM-80GB": { gpus: 8, vcpus: 96, memoryGiB: 1152 },
  "H100-SXM": { gpus: 8, vcpus: 192, memoryGiB: 2048 },
  "H200-SXM": { gpus: 8, vcpus: 192, memoryGiB: 2048 },
  "B200-SXM": { gpus: 8, vcpus: 192, memoryGiB: 2048 },
  "B300-SXM": { gpus: 8, vcpus: 192, memoryGiB: 4096 },
  "GB200": { gpus: 4, vcpus: 144, memoryGiB: 960 },
  "L4": { gpus: 8, vcpus: 192, memoryGiB: 768 },
  "L40S": { gpus: 8, vcpus: 192, memoryGiB: 1536 },
  "RTX-PRO-6000": { gpus: 8, vcpus: 192, memoryGiB: 2048 },
  "MI300X": { gpus: 8, vcpus: 96, memoryGiB: 1850 },
  "H100-PCIe": { gpus: 2, vcpus: 80, memoryGiB: 640 },
};

/**
 * A30 and RTX 4090 come in servers of one's own: of the g6.48xlarge, which holds as many cards of 24 GB.
 * So do GPUs that are not in the list.
 */
const CARDS: Machine = MACHINES["L4"]!;

/** Without GPUs: AWS m7i.8xlarge. */
const CPU_MACHINE: Machine = { gpus: 0, vcpus: 32, memoryGiB: 128 };

/** A root volume as GPU guides of EKS and GKE size it for images and models; not shared by GPUs. */
const STORAGE_BYTES = 500 * GIB;

/** The kubelet's default, `--max-pods`. */
const MAX_PODS = 110;

/** What `gpus` GPUs of this kind come with. */
export function capacityOf(gpu: string, gpus: number): Amounts {
  const machine = gpus === 0 ? CPU_MACHINE : MACHINES[gpu] ?? CARDS;
  const share = gpus === 0 ? 1 : gpus / machine.gpus;
  return {
    cpu: Math.round(machine.vcpus * share) * 1000,
    memory: Math.round(machine.memoryGiB * share) * GIB,
    "ephemeral-storage": STORAGE_BYTES,
    pods: MAX_PODS,
  };
}

const MIB = 2 ** 20;

/**
 * What is left for pods (awslabs/amazon-eks-ami, bootstrap.sh): 6 % of the first core, 1 % of the second,
 * 0.5 % of the next two, 0.25 % of the rest; 255 MiB and 11 MiB for each pod; and 100 MiB below which the
 * kubelet evicts. Of the disk a tenth, below which it evicts too (`nodefs.available`).
 */
export function allocatableOf(capacity: Amounts): Amounts {
  const { cpu = 0, memory = 0, "ephemeral-storage": storage = 0, pods = 0 } = capacity;
  const reservedCpu = [[1000, 0.06], [2000, 0.01], [4000, 0.005], [Infinity, 0.0025]]
    .reduce(({ sum, from }, [to, share]) => ({
      sum: sum + Math.max(0, Math.min(cpu, to!) - from) * share!,
      from: to!,
    }), { sum: 0, from: 0 }).sum;
  const reservedMemory = (255 + 11 * pods + 100) * MIB;
  return {
    cpu: Math.max(0, cpu - Math.ceil(reservedCpu)),
    memory: Math.max(0, memory - reservedMemory),
    "ephemeral-storage": Math.floor(storage * 0.9),
    pods,
  };
}
