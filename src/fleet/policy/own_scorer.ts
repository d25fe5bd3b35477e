// A scorer of a scenario's own code as a plugin of the endpoint picker.

import { z } from "zod";
import { type PluginType, pluginType } from "../picker/plugin_type.ts";
import { callPolicy, type ScorerDefinition } from "./definition.ts";

/**
 * The plugin type of that name, whose parameters are the definition's options. A score that is no number
 * ends the run with a `PolicyError`.
 */
export function ownScorer(definition: ScorerDefinition): PluginType {
  const { name } = definition;
  return pluginType(["scorer"], z.unknown(), (options, { endpoints }) => ({
    scorer: {
      score({ promptTokens, kind: { adapter, objective } }, { slots, count }, scores) {
        const request = { promptTokens, adapter, objective };
        const { waiting, running, kvUsage, requests, tokens } = endpoints;
        for (let i = 0; i < count; i++) {
          const slot = slots[i]!;
          const endpoint = {
            pod: endpoints.pod(slot).name,
            waiting: waiting[slot]!,
            running: running[slot]!,
            kvCacheUsage: kvUsage[slot]!,
            requests: requests[slot]!,
            tokens: tokens[slot]!,
          };
          scores[i] = callPolicy(definition, () => {
            const score = definition.score(request, endpoint, options);
            if (Number.isNaN(score) || typeof score !== "number") {
              throw new TypeError(`"${name}" scored ${endpoint.pod} ${score}: return 0 to 1`);
            }
            return score;
          });
        }
      },
    },
  }));
}
