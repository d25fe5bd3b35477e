// What GPU feature discovery and its like write on a node about its GPUs.

import type { Labels } from "../../kube/label_selector.ts";
import { deviceBytes } from "../../serving/gpus.ts";
import { migSlice } from "../../serving/mig.ts";
import type { DevicesPlan, MigPlan } from "./devices.ts";

const PRODUCT = "nvidia.com/gpu.product";

/**
 * As NVIDIA's GPU feature discovery (k8s-device-plugin, docs/gpu-feature-discovery): with the MIG strategy
 * `single` the product names the slices and they are what is counted; shared GPUs say so. The product is
 * mtop's own name of the GPU. AMD's labeller writes its own, of which the product's name is one.
 */
export function gpuLabels(plan: DevicesPlan): Labels {
  const { gpu, gpus, mig, turns = 1 } = plan;
  if (!gpu || gpus === 0) return {};
  if (gpu.maker === "AMD") return { "amd.com/gpu.product-name": gpu.name, [PRODUCT]: gpu.name };
  const [profile = ""] = mig?.profiles ?? [];
  const single = mig?.strategy === "single";
  const facts = single ? migSlice(gpu, profile) ?? gpu : gpu;
  return {
    [PRODUCT]: turns > 1 ? `${facts.name}-SHARED` : facts.name,
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.count": String(single ? gpus * mig.profiles.length : gpus),
    "nvidia.com/gpu.memory": String(Math.floor(deviceBytes(facts) / 2 ** 20)),
    "nvidia.com/gpu.replicas": String(turns),
    ...(turns > 1 ? { "nvidia.com/gpu.sharing-strategy": "time-slicing" } : {}),
    ...(mig ? migLabels(plan, mig) : {}),
  };
}

function migLabels({ gpu, gpus }: DevicesPlan, { strategy, profiles }: MigPlan): Labels {
  const own = { "nvidia.com/mig.capable": "true", "nvidia.com/mig.strategy": strategy };
  if (strategy === "single") return own;
  const sizes = Object.fromEntries(
    [...new Set(profiles)].flatMap((name) => {
      const slice = gpu && migSlice(gpu, name);
      const count = profiles.filter((other) => other === name).length * gpus;
      return [
        [`nvidia.com/mig-${name}.count`, String(count)],
        ...(slice
          ? [[
            `nvidia.com/mig-${name}.memory`,
            String(Math.floor(deviceBytes(slice) / 2 ** 20)),
          ]]
          : []),
      ];
    }),
  );
  return { ...own, ...sizes };
}
