// What a service's GPUs cost and draw, in a line each. Computes nothing.

import { UNKNOWN_GPU } from "../fleet/gpu_shares.ts";
import { formatPpm, formatRate, formatUsd } from "../view/format.ts";
import type { CostSummary } from "./cost.ts";

/** Nothing of a service that holds no GPU, or whose log does not say whose its pods are. */
export function costRows(service: CostSummary): [name: string, text: string][] {
  const { gpuHours, idleShare, costUsd, energyKwh, meanWatts } = service;
  if (gpuHours === null || gpuHours === 0) return [];
  const { costPerMillionOutputTokensUsd: perOutput, costPerMillionGoodTokensUsd: perGood } =
    service;
  const each = [
    ...(perOutput === null ? [] : [`${formatUsd(perOutput)} a million output tokens`]),
    ...(perGood === null ? [] : [`${formatUsd(perGood)} a million good ones`]),
  ];
  const { joulesPerOutputToken: joules } = service;
  const draws = [
    `${formatRate(energyKwh ?? undefined)} kWh`,
    ...(meanWatts === null ? [] : [`${formatRate(meanWatts)} W a GPU`]),
    ...(joules === null ? [] : [`${formatRate(joules)} J per output token`]),
  ];
  const idle = formatPpm(idleShare === null ? undefined : idleShare * 1e6);
  return [
    ["gpus", `${formatRate(gpuHours)} GPU-hours, ${idle} of them idle`],
    ["cost", `${formatUsd(costUsd ?? undefined)}, ${pricesText(service)}`],
    ...(each.length === 0 ? [] : [["tokens at", each.join(", ")] as [string, string]]),
    // Not measured on these GPUs: see `fleet/gpu_power.ts`.
    ...(energyKwh === null ? [] : [["energy", `${draws.join(", ")}, assumed`] as [string, string]]),
  ];
}

/** At which prices; or why there is no cost, and how to have one. */
export function pricesText({ gpuPrices }: CostSummary): string {
  const priced = Object.entries(gpuPrices);
  const unpriced = priced.filter(([, price]) => price === null).map(([gpu]) => gpu);
  const [first] = unpriced;
  if (first === undefined) {
    return priced.map(([gpu, price]) => `${gpu} at ${formatUsd(price!.usdPerHour)} an hour`)
      .join(", ");
  }
  if (first === UNKNOWN_GPU) return "a node has no label nvidia.com/gpu.product";
  return `no price of ${
    unpriced.join(", ")
  } is known: enter USD an hour as cluster.prices of the ` +
    `scenario, or in the setting gpuPrices`;
}
