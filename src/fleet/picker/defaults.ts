// The configurations that KServe writes for a managed endpoint picker without one of its own.

/** With LoRA adapters KServe adds this to the profile that answers. */
const LORA = { pluginRef: "lora-affinity-scorer", weight: 4 };

/** KServe's defaults (kserve aaac4e2): of one kind of pods, and of prefill and decode apart. */
export function defaultConfig(prefill: boolean, lora: boolean): unknown {
  const config = prefill ? disaggregated(lora) : single(lora);
  return { apiVersion: "llm-d.ai/v1alpha1", kind: "EndpointPickerConfig", ...config };
}

function single(lora: boolean) {
  return {
    plugins: [
      { type: "single-profile-handler" },
      { type: "queue-scorer" },
      { type: "kv-cache-utilization-scorer" },
      { type: "prefix-cache-scorer" },
      { type: "no-hit-lru-scorer" },
      ...(lora ? [{ type: LORA.pluginRef }] : []),
      { type: "max-score-picker" },
    ],
    schedulingProfiles: [{
      name: "default",
      plugins: [
        { pluginRef: "queue-scorer", weight: 2 },
        { pluginRef: "kv-cache-utilization-scorer", weight: 2 },
        { pluginRef: "prefix-cache-scorer", weight: 3 },
        { pluginRef: "no-hit-lru-scorer", weight: 2 },
        ...(lora ? [LORA] : []),
        { pluginRef: "max-score-picker" },
      ],
    }],
  };
}

function disaggregated(lora: boolean) {
  return {
    plugins: [
      { type: "disagg-headers-handler" },
      { type: "prefill-filter" },
      { type: "decode-filter" },
      { type: "queue-scorer" },
      { type: "kv-cache-utilization-scorer" },
      { type: "prefix-cache-scorer" },
      { type: "active-request-scorer" },
      ...(lora ? [{ type: LORA.pluginRef }] : []),
      { type: "max-score-picker" },
      { type: "always-disagg-pd-decider" },
      {
        type: "disagg-profile-handler",
        parameters: { deciders: { prefill: "always-disagg-pd-decider" } },
      },
    ],
    schedulingProfiles: [
      {
        name: "prefill",
        plugins: [
          { pluginRef: "prefill-filter" },
          { pluginRef: "prefix-cache-scorer", weight: 3 },
          { pluginRef: "queue-scorer", weight: 2 },
          { pluginRef: "kv-cache-utilization-scorer", weight: 2 },
          { pluginRef: "max-score-picker" },
        ],
      },
      {
        name: "decode",
        plugins: [
          { pluginRef: "decode-filter" },
          { pluginRef: "active-request-scorer", weight: 2 },
          { pluginRef: "prefix-cache-scorer", weight: 3 },
          ...(lora ? [LORA] : []),
          { pluginRef: "max-score-picker" },
        ],
      },
    ],
  };
}
