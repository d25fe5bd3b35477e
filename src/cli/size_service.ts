// A scenario to size a service of the mock cluster with: its own load on a cluster with room for it.

import type { KubeObject } from "../kube/object.ts";
import { hasStopAnnotation, STOP_ANNOTATION } from "../kube/stop.ts";
import type { ObjectStore } from "../kube/store.ts";
import { PRODUCT } from "../scenario/gpu_choice.ts";
import { baselineOf, lengthsOf } from "../scenario/present.ts";
import type { CliContext } from "./context.ts";
import { CliError } from "./exit.ts";
import { namedService } from "./named_service.ts";
import { merged } from "./simulate.ts";
import type { SizeOptions } from "./size.ts";

const DEFAULT_GPU = "H100-SXM";
/** Room for 64 replicas of a whole node each: no search goes beyond. */
const NODES = { count: 64, gpus: 8 };
/** Ten minutes after a warm-up, so that a p95 has hundreds of requests behind it even at 1 rps. */
const WARMUP = "2m";
const DURATION = "12m";

/** Frozen data. Throws kubectl's error where there is no such service, a `CliError` where it cannot be sized. */
export function scenarioOfService(
  store: ObjectStore,
  name: string,
  { namespace, rps }: Pick<SizeOptions, "namespace" | "rps">,
  context: CliContext,
): unknown {
  const found = namedService(store, namespace ?? context.settings().namespace, name);
  if (hasStopAnnotation(found)) {
    throw new CliError(`Cannot size "${name}": it is stopped by its annotation ${STOP_ANNOTATION}`);
  }
  const object = merged(found, store);
  const rate = rps ?? baselineOf(object).rps;
  if (rate <= 0) {
    throw new CliError(
      `Cannot size "${name}" for no requests: its annotation mtop.dev/rps is 0, add --rps 5`,
    );
  }
  return {
    kind: "scenario",
    name: "size",
    seed: 1,
    duration: DURATION,
    warmup: WARMUP,
    cluster: {
      nodes: [{ count: NODES.count, gpus: `${NODES.gpus}x${selectedGpu(object) ?? DEFAULT_GPU}` }],
    },
    services: [object],
    load: [{ kind: "poisson", name: "baseline", to: name, rps: rate, ...lengthsOf(object) }],
  };
}

function selectedGpu({ spec }: KubeObject): string | undefined {
  const { nodeSelector } = (spec?.["template"] ?? {}) as { nodeSelector?: Record<string, string> };
  return nodeSelector?.[PRODUCT];
}
