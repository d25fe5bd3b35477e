// A service with prefill and decode pods under long prompts, each request recorded.
import { llm } from "../fleet/small_fleet.ts";
import { type Clients, clients } from "./network_rig.ts";

/** Prompts of 4,000 tokens: 524 MB of keys and values each, 10.5 ms of a 400 Gb/s link. */
export const PROMPTS = {
  ...{ kind: "constant", name: "users", to: "chat", rps: 4 },
  ...{ prompt: { kind: "fixed", tokens: 4_000 }, output: { kind: "fixed", tokens: 20 } },
};

export function disaggregated(prefill = 1) {
  const chat = llm("chat", { replicas: 2 });
  const { template } = chat.spec;
  return { ...chat, spec: { ...chat.spec, prefill: { replicas: prefill, template } } };
}

export function handedOver(
  faults: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
): Clients {
  return clients(faults, {
    cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
    services: [disaggregated()],
    load: [PROMPTS],
    ...fields,
  });
}
