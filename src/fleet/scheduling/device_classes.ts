// Devices as their drivers publish them, and the classes that select among them (resource.k8s.io/v1).

import { formatBytes } from "../../kube/quantity.ts";
import { deviceBytes, type GpuFacts } from "../../serving/gpus.ts";
import { migSlice } from "../../serving/mig.ts";
import type { CelMap } from "./cel.ts";
import type { DevicesPlan, Slot } from "./devices.ts";

export interface DeviceClassPlan {
  readonly name: string;
  /** CEL expressions, all of which hold of its devices. */
  readonly selectors: readonly string[];
}

const NVIDIA_DRIVER = "gpu.nvidia.com";
const AMD_DRIVER = "gpu.amd.com";

/** As the drivers' charts make them: NVIDIA's k8s-dra-driver-gpu, AMD's k8s-gpu-dra-driver. */
const DRIVER_CLASSES: readonly DeviceClassPlan[] = [
  nvidiaClass("gpu"),
  nvidiaClass("mig"),
  { name: AMD_DRIVER, selectors: [`device.driver == '${AMD_DRIVER}'`] },
];

function nvidiaClass(type: "gpu" | "mig"): DeviceClassPlan {
  const [driver, of] = [`'${NVIDIA_DRIVER}'`, `device.attributes['${NVIDIA_DRIVER}'].type`];
  return {
    name: `${type}.nvidia.com`,
    selectors: [`device.driver == ${driver} && ${of} == '${type}'`],
  };
}

export function driverOf({ gpu }: Pick<DevicesPlan, "gpu">): string {
  return gpu?.maker === "AMD" ? AMD_DRIVER : NVIDIA_DRIVER;
}

/** A driver that is on any node brings its classes, but for those that are said to be otherwise. */
export function withDriverClasses(
  said: readonly DeviceClassPlan[],
  plans: readonly DevicesPlan[],
): readonly DeviceClassPlan[] {
  const drivers = new Set(plans.filter(({ claimed }) => claimed).map(driverOf));
  const brought = DRIVER_CLASSES.filter(({ name, selectors: [selector = ""] }) =>
    [...drivers].some((driver) => selector.includes(`'${driver}'`)) &&
    !said.some((one) => one.name === name)
  );
  return [...said, ...brought];
}

/** One device of a ResourceSlice. */
export interface PublishedDevice {
  readonly name: string;
  readonly driver: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Undefined where nothing is known of the GPU. */
  readonly memoryBytes: number | undefined;
}

/** `ordinal` counts the slots of its GPU. */
export function publishedDevice(plan: DevicesPlan, slot: Slot, ordinal: number): PublishedDevice {
  const { gpu } = plan;
  const facts = gpu && slot.profile !== undefined ? migSlice(gpu, slot.profile) : gpu;
  const name = slot.profile === undefined ? `gpu-${slot.gpu}` : `gpu-${slot.gpu}-mig-${ordinal}`;
  return {
    name,
    driver: driverOf(plan),
    attributes: { ...attributesOf(gpu, slot), ...plan.attributes },
    memoryBytes: facts && Math.floor(deviceBytes(facts) / MIB) * MIB,
  };
}

const MIB = 2 ** 20;

function attributesOf(gpu: GpuFacts | undefined, { gpu: index, profile }: Slot) {
  return {
    type: profile === undefined ? "gpu" : "mig",
    ...(gpu ? { productName: gpu.name } : {}),
    ...(profile === undefined ? { index } : { profile, parentIndex: index }),
  };
}

/** What selectors see as `device`. */
export function celDevice({ driver, attributes, memoryBytes }: PublishedDevice): CelMap {
  const capacity = memoryBytes === undefined ? {} : { memory: { quantity: memoryBytes } };
  return {
    device: { driver, attributes: { [driver]: attributes }, capacity: { [driver]: capacity } },
  };
}

/** As a ResourceSlice has it. */
export function deviceObject({ name, attributes, memoryBytes }: PublishedDevice) {
  const typed = Object.entries(attributes).map(([key, value]) => {
    const type = typeof value === "number" ? "int" : typeof value === "boolean" ? "bool" : "string";
    return [key, { [type]: value }] as const;
  });
  return {
    name,
    attributes: Object.fromEntries(typed),
    ...(memoryBytes === undefined
      ? {}
      : { capacity: { memory: { value: formatBytes(memoryBytes) } } }),
  };
}
