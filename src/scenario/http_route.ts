// What is wrong with the HTTPRoute that a service brings, as far as its requests depend on it.

import { httpRouteSchema } from "../fleet/route_policy.ts";
import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import type { At } from "./engine_flags.ts";
import { AS_WRITTEN, type Problem, problemsOf } from "./problem.ts";

const SPEC = "spec.router.route.http.spec";

/** All at once: timeouts, retries and mirrors that Gateway API does not take. */
export function httpRouteProblems({ metadata, spec }: LLMInferenceService, at: At): Problem[] {
  const http = spec.router?.route?.["http"] as { readonly spec?: unknown } | undefined;
  if (http?.spec === undefined) return [];
  const { error } = httpRouteSchema.safeParse(http.spec, AS_WRITTEN);
  return problemsOf(error?.issues ?? []).map(({ path, message }) => ({
    path: at(path === "" ? SPEC : `${SPEC}.${path}`),
    message: `Cannot simulate "${metadata.name}": ${message}`,
  }));
}
