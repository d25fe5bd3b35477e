// Which of vLLM's flags change figures that no simulation has yet; it gives none of them a meaning.

import type { ModelFacts } from "../serving/models.ts";
import type { EngineFlags } from "./engine_flags.ts";

/**
 * vLLM's engine arguments (`EngineArgs` up to 0.19, and a few that came after or were there before)
 * that would change figures, with the values that do not: those that are vLLM's default, or what the
 * simulation does. A switch has no such value. Those that it leaves out change nothing here (names,
 * logs, tokenizers, seeds, `--swap-space`), or too little to be seen beside the coefficients
 * (`--compilation-config`).
 */
const UNMODELLED: Readonly<Record<string, readonly string[]>> = {
  // The KV cache: its size, its blocks, and who else has a copy.
  "block-size": ["16"],
  "cpu-offload-gb": ["0"],
  "ec-transfer-config": [],
  "kv-cache-memory": [],
  "kv-cache-memory-bytes": [],
  "kv-sharing-fast-prefill": [],
  "num-gpu-blocks-override": [],
  "watermark": ["0", "0.0"],
  // The scheduler.
  "long-prefill-token-threshold": ["0"],
  "max-long-partial-prefills": ["1"],
  "max-num-partial-prefills": ["1"],
  "max-num-scheduled-tokens": [],
  "no-enable-chunked-prefill": [],
  "num-scheduler-steps": ["1"],
  "performance-mode": ["balanced"],
  "preemption-mode": ["recompute"],
  "scheduler-cls": [],
  "scheduler-delay-factor": ["0", "0.0"],
  "stream-interval": ["1"],
  // How a step is computed: the coefficients are of CUDA graphs and of vLLM's own model classes.
  "enable-dbo": [],
  "enforce-eager": [],
  "fully-sharded-loras": [],
  "model-impl": ["auto", "vllm"],
  "optimization-level": ["2", "3"],
  // Who computes it.
  "data-parallel-external-lb": [],
  "data-parallel-hybrid-lb": [],
  "data-parallel-rank": [],
  "decode-context-parallel-size": ["1"],
  "eplb-config": [],
  "headless": [],
  "nnodes": ["1"],
  "num-redundant-experts": ["0"],
  "prefill-context-parallel-size": ["1"],
  // Another model, or other flags, than the service shows.
  "config": [],
  "hf-overrides": [],
  "rope-scaling": [],
  "runner": ["auto", "generate"],
  "task": ["auto", "generate"],
};

/** They change figures of models with sliding windows only. */
const UNMODELLED_WITH_WINDOWS = ["disable-hybrid-kv-cache-manager", "disable-sliding-window"];

/** Switches whose flag alone decides, here or elsewhere; each has an opposite that begins with `no-`. */
const SWITCHES = [
  "async-scheduling",
  "enable-chunked-prefill",
  "enable-expert-parallel",
  "enable-lora",
  "enable-prefix-caching",
];

/** Refused rather than ignored: an answer that left these out would be wrong. */
export function refuseUnmodelled(flags: EngineFlags): void {
  for (const [flag, harmless] of Object.entries(UNMODELLED)) {
    const isTold = flags.has(flag) || flags.under(`${flag}.`).length > 0;
    if (!isTold || harmless.includes(flags.raw(flag) ?? "")) continue;
    flags.refuse(`the flag --${flag} is not modelled yet`);
  }
  for (const flag of SWITCHES.flatMap((each) => [each, `no-${each}`])) checkSwitch(flag, flags);
  checkConnector(flags);
}

/** What is refused of some models only. */
export function refuseUnmodelledOf({ slidingWindow }: ModelFacts, flags: EngineFlags): void {
  if (!slidingWindow) return;
  for (const flag of UNMODELLED_WITH_WINDOWS) {
    if (flags.has(flag)) {
      flags.refuse(`the flag --${flag} is not modelled yet for a model with sliding windows`);
    }
  }
}

/**
 * Python's `BooleanOptionalAction` takes no value. Other words after a switch are not taken for one: in
 * a script, a variable or the model's name may follow it.
 */
function checkSwitch(flag: string, flags: EngineFlags): void {
  const value = flags.raw(flag);
  if (value === undefined || !/^(true|false|yes|no|on|off|0|1)$/i.test(value)) return;
  const opposite = flag.startsWith("no-") ? flag.slice("no-".length) : `no-${flag}`;
  flags.fail(
    `Cannot read --${flag} of "${flags.service}": it takes no value, but has "${value}"; its ` +
      `opposite is --${opposite}`,
  );
}

/** Of vLLM's connectors, NIXL's sends keys and values from prefill to decode, as is simulated. */
function checkConnector(flags: EngineFlags): void {
  const name = "kv-transfer-config";
  const single = `${name}.kv-connector`;
  if (!flags.has(name) && flags.under(`${name}.`).length === 0) return;
  const connector = flags.has(name) ? connectorOf(flags.raw(name)) : flags.raw(single);
  if (connector === "NixlConnector") return;
  const which = connector === undefined ? "" : ` with ${connector}`;
  flags.refuse(`the flag --${name}${which} is not modelled yet, other than with NixlConnector`);
}

function connectorOf(json: string | undefined): string | undefined {
  try {
    const { kv_connector } = JSON.parse(json ?? "") as { kv_connector?: unknown };
    return typeof kv_connector === "string" ? kv_connector : undefined;
  } catch {
    // Refused as it is, without a name.
    return undefined;
  }
}
