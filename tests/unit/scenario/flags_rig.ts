// A service named chat read with flags and other changes; for tests of what flags come to.
import assert from "node:assert/strict";
import type { ServingPlan } from "../../../src/fleet/engine_limits.ts";
import { llmInferenceServiceSchema } from "../../../src/kube/llm_inference_service.ts";
import { servingOf } from "../../../src/scenario/services.ts";
import { llm } from "../fleet/small_fleet.ts";

export interface Changes {
  readonly model?: string;
  readonly image?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly parallelism?: Readonly<Record<string, unknown>>;
  readonly lora?: Readonly<Record<string, unknown>>;
}

function read(args: readonly string[], changes: Changes = {}) {
  const { model = "meta-llama/Llama-3.1-8B", annotations = {}, parallelism = {}, lora, env = [] } =
    changes;
  const { image } = changes;
  const service = llm("chat", { model, args });
  return servingOf(
    llmInferenceServiceSchema.parse({
      ...service,
      metadata: { ...service.metadata, annotations },
      spec: {
        ...service.spec,
        model: { ...service.spec.model, ...(lora && { lora }) },
        parallelism,
        template: {
          containers: [{ ...service.spec.template.containers[0]!, env, ...(image && { image }) }],
        },
      },
    }),
    (field) => field,
  );
}

export function serving(args: readonly string[], changes: Changes = {}): ServingPlan {
  const found = read(args, changes);
  return found.serving ?? assert.fail(JSON.stringify(found.problems));
}

/** The only problem, as `[path, message]`. */
export function problem(args: readonly string[], changes: Changes = {}): [string, string] {
  const { problems } = read(args, changes);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return [problems[0]!.path, problems[0]!.message];
}
