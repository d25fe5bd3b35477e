// One node of the cluster: what it offers, who is on it, and its object as the API shows it.

import { isMap, listIn } from "../kube/json_shape.ts";
import type { Labels } from "../kube/label_selector.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import { formatBytes, formatMilli } from "../kube/quantity.ts";
import type { GpuFacts } from "../serving/gpus.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { NodeImages } from "./node_images.ts";
import { Devices, type DevicesPlan } from "./scheduling/devices.ts";
import { refusalOf } from "./scheduling/filters.ts";
import { gpuLabels } from "./scheduling/gpu_labels.ts";
import type { GroupedNode } from "./scheduling/node_groups.ts";
import type { Placing } from "./scheduling/placing.ts";
import type { Amounts, PodNeeds } from "./scheduling/pod_needs.ts";
import { HOSTNAME } from "./scheduling/selectors.ts";
import type { SpotPlan } from "./scheduling/spot.ts";
import { type Taint, taintsOf } from "./scheduling/taints.ts";

export interface NodePlan extends DevicesPlan {
  readonly name: string;
  /** Undefined for a GPU without known facts, or none: what serves there is not simulated. */
  readonly gpu: GpuFacts | undefined;
  /** Beside its GPUs; what is not said is as much as any pod could ask for. */
  readonly capacity?: Amounts;
  readonly allocatable?: Amounts;
  readonly labels?: Labels;
  readonly taints?: readonly Taint[];
  /** When it registers; absent: it is there from the beginning. */
  readonly joinsUs?: number;
  /** It can be taken away by its provider. */
  readonly spot?: SpotPlan;
  /** What its manifest says beside that, where there is one. */
  readonly manifest?: KubeObject;
}

/** `--max-pods` of the kubelet by default. */
const MAX_PODS = 110;

/** Of a node of which nothing is said: enough that only its GPUs are ever short. */
const PLENTY: Amounts = {
  cpu: 1_000_000,
  memory: 2 ** 44,
  "ephemeral-storage": 2 ** 46,
  pods: MAX_PODS,
};

export class Node implements GroupedNode {
  readonly plan: NodePlan;
  readonly index: number;
  readonly devices: Devices;
  readonly labels: Labels;
  /** Images that were pulled here. */
  readonly images: NodeImages;
  /** Pods that are here, by name. */
  readonly placed = new Map<string, Placing>();
  readonly requested: Record<string, number> = {};
  readonly nonZero = { cpu: 0, memory: 0 };
  cordoned: boolean;
  /** The host does not answer. */
  lost = false;
  /** Its kubelet does not answer, and does nothing; what runs there runs on. */
  silent = false;
  /** Its provider has said that it will be gone soon. */
  leaving = false;
  /** It is no part of the cluster any more. */
  removed = false;
  /** What the node controller believes. */
  ready = true;
  /** The kubelet answers, and says that it is not well: `Ready` is False rather than Unknown. */
  notWell = false;
  memoryPressure = false;
  diskPressure = false;
  #allocatable: Amounts | undefined;
  #taints: readonly Taint[] | undefined;

  readonly #createdUs: number;

  constructor(
    plan: NodePlan,
    index: number,
    imagesChanged: (node: Node, image: string) => void,
    createdUs = 0,
  ) {
    this.#createdUs = createdUs;
    const { name, manifest, labels } = plan;
    this.plan = plan;
    this.index = index;
    this.devices = new Devices(plan);
    this.images = new NodeImages((image) => imagesChanged(this, image));
    this.cordoned = manifest?.spec?.["unschedulable"] === true;
    const said = readinessOf(manifest);
    this.ready = said === "True";
    this.notWell = said === "False";
    this.lost = said === "Unknown";
    this.labels = {
      [HOSTNAME]: name,
      ...gpuLabels(plan),
      ...labels,
      ...manifest?.metadata.labels,
    };
  }

  get name(): string {
    return this.plan.name;
  }

  get pods(): number {
    return this.placed.size;
  }

  get imageKey(): string {
    return this.images.key;
  }

  /** By GPU, whether its device plugin does not offer it. */
  get broken(): readonly boolean[] {
    return this.devices.broken;
  }

  get capacity(): Amounts {
    return { ...PLENTY, ...this.plan.capacity, ...this.devices.capacity };
  }

  get allocatable(): Amounts {
    const { capacity, allocatable } = this.plan;
    return this.#allocatable ??= {
      ...PLENTY,
      ...capacity,
      ...allocatable,
      ...this.devices.allocatable,
    };
  }

  get taints(): readonly Taint[] {
    return this.#taints ??= [
      ...this.plan.taints ?? [],
      ...taintsOf({
        ready: this.ready ? "True" : this.notWell ? "False" : "Unknown",
        cordoned: this.cordoned,
        memoryPressure: this.memoryPressure,
        diskPressure: this.diskPressure,
      }),
    ];
  }

  /** What it shows was changed. */
  refresh(): void {
    this.#allocatable = undefined;
    this.#taints = undefined;
  }

  /** Whether a pod could be here if nothing else were. */
  couldHold(needs: PodNeeds): boolean {
    return refusalOf(needs, this) === undefined;
  }

  add(placing: Placing): void {
    const { pod, needs } = placing;
    this.placed.set(pod, placing);
    this.#count(placing, 1);
    for (const [resource, count] of Object.entries(needs.requests)) {
      if (this.devices.offers(resource)) this.devices.take(pod, resource, count);
    }
  }

  remove(pod: string): Placing | undefined {
    const placing = this.placed.get(pod);
    if (!placing) return undefined;
    this.placed.delete(pod);
    this.#count(placing, -1);
    this.devices.release(pod);
    return placing;
  }

  #count({ needs: { requests, nonZero } }: Placing, sign: 1 | -1): void {
    for (const [name, amount] of Object.entries(requests)) {
      this.requested[name] = (this.requested[name] ?? 0) + sign * amount;
    }
    this.nonZero.cpu += sign * nonZero.cpu;
    this.nonZero.memory += sign * nonZero.memory;
  }

  gpusOf(pod: string): number[] {
    return this.devices.gpusOf(pod);
  }

  /** What a pod computes on here: of a slice its share, over the link that joins what it has. */
  gpuOf(pod: string): GpuFacts | undefined {
    return this.devices.factsOf(pod);
  }

  /** Working GPUs, or slots of them, that are nobody's. */
  get freeGpus(): number {
    return this.devices.slots.filter((slot) => this.devices.isFree(slot)).length;
  }

  object(): KubeObject {
    const { name, manifest } = this.plan;
    const shown = this.plan.capacity !== undefined || manifest !== undefined;
    const amounts = (of: Amounts) => quantities(shown ? of : this.#withoutPlenty(of));
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        creationTimestamp: virtualTimestamp(this.#createdUs),
        ...manifest?.metadata,
        labels: this.labels,
      },
      spec: {
        ...manifest?.spec,
        ...(this.taints.length > 0 ? { taints: this.taints as unknown as JsonObject[] } : {}),
        ...(this.cordoned ? { unschedulable: true } : {}),
      },
      status: {
        ...manifest?.status,
        capacity: { ...part(manifest, "capacity"), ...amounts(this.capacity) },
        allocatable: { ...part(manifest, "allocatable"), ...amounts(this.allocatable) },
        conditions: this.#conditions(),
      },
    };
  }

  /** What nobody said of it is not shown either. */
  #withoutPlenty(amounts: Amounts): Amounts {
    return Object.fromEntries(Object.entries(amounts).filter(([name]) => !(name in PLENTY)));
  }

  #conditions(): JsonObject[] {
    return [
      ...(this.memoryPressure
        ? [{ type: "MemoryPressure", status: "True", reason: "KubeletHasInsufficientMemory" }]
        : []),
      ...(this.diskPressure
        ? [{ type: "DiskPressure", status: "True", reason: "KubeletHasDiskPressure" }]
        : []),
      this.ready
        ? { type: "Ready", status: "True", reason: "KubeletReady" }
        : this.notWell
        ? { type: "Ready", status: "False", reason: "KubeletNotReady" }
        : { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" },
    ];
  }
}

/** What its manifest says of its kubelet; of one that is new nothing is said, and it is well. */
function readinessOf(manifest: KubeObject | undefined): string {
  const conditions = listIn(manifest?.status, "conditions").filter(isMap);
  const said = conditions.find(({ type }) => type === "Ready")?.["status"] ?? "True";
  return said === "True" || said === "False" ? said : "Unknown";
}

/** As the API writes them. */
function quantities(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [name, quantity(name, amount)]),
  );
}

function quantity(resource: string, amount: number): string {
  if (resource === "cpu") return formatMilli(amount);
  const isBytes = resource === "memory" || resource === "ephemeral-storage" ||
    resource.startsWith("hugepages-");
  return isBytes ? formatBytes(amount) : String(amount);
}

function part(manifest: KubeObject | undefined, field: string): JsonObject {
  return (manifest?.status?.[field] ?? {}) as JsonObject;
}
