// Pods that are Ready and cannot be reached: cut off from the gateway, its endpoint picker and other pods.

import { z } from "zod";
import { disturb, type PathEffect, undisturb } from "../fleet/network_path.ts";
import type { Pod } from "../fleet/pod.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import { HeldAnswers } from "../serving/held_answers.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { nodeSelectorSchema, podSelectorSchema, selectNodes, selectPods } from "./select.ts";

/**
 * Kubelets probe from their own node: the pods stay Ready, and endpoints. New requests for one of them
 * find no connection within Envoy's 5 s; the answers of those that it has wait until the network is back
 * or their clients and gateways give them up. The endpoint picker, on the gateway's side, scrapes it no
 * more. A server does not hear that it was given up and in truth computes on; here it stops. Keys and
 * values come from a prefill engine to a decode engine as long as both are cut off, or neither is.
 */
export const networkPartition = faultKind({
  kind: "network-partition",
  about: "pods are cut off from gateway and endpoint picker while their probes pass",
  schema: z.strictObject({
    kind: z.literal("network-partition"),
    on: z.discriminatedUnion("kind", [podSelectorSchema, nodeSelectorSchema]),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "network partition",
  aim({ on }, { fleet, stream }) {
    const nodes = on.kind === "nodes" ? new Set(selectNodes(on, fleet, stream)) : undefined;
    const pods = on.kind === "pods"
      ? selectPods(on, fleet, stream)
      : fleet.servers().filter(({ node, gone }) => node && nodes!.has(node) && !gone);
    const noted = new Effect("no request went to these pods, or was there");
    const effect: PathEffect = {
      // Read by whoever wants to connect.
      get cut() {
        noted.note();
        return true as const;
      },
    };
    // A container that starts again meanwhile has another engine.
    const isInside = (server: ServingEngine) => pods.some(({ engine }) => engine === server);
    let mend = () => {};
    return {
      targets: pods.map(({ name }) => name),
      message: "the gateway cannot reach the pod",
      endMessage: "the gateway reaches the pod again",
      begin() {
        for (const pod of pods) {
          cutOff(pod, effect);
          if (!pod.engine?.idle) noted.note();
        }
        mend = fleet.handOffs.cut((prefill, decode) =>
          noted.of(isInside(prefill) !== isInside(decode))
        );
      },
      end() {
        for (const pod of pods) reconnect(pod, effect, fleet.clock.nowUs);
        mend();
      },
      idle: noted.idle,
    };
  },
});

function cutOff(pod: Pod, effect: PathEffect): void {
  disturb(pod, effect);
  pod.unscraped++;
  const { engine } = pod;
  if (!engine || engine.held) return;
  engine.settle();
  engine.held = new HeldAnswers();
}

function reconnect(pod: Pod, effect: PathEffect, nowUs: number): void {
  undisturb(pod, effect);
  pod.unscraped--;
  const { engine } = pod;
  // Another fault may still keep it apart; a process that is new has nothing that waits.
  if (pod.path?.isCut || !engine?.held) return;
  engine.settle();
  const { held } = engine;
  engine.held = undefined;
  held.deliver(nowUs);
}
