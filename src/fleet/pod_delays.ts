// How long the stages of a pod's life take that no probe ends: rows of its table wait for these.

import { transferUs } from "../serving/startup.ts";
import { type Process, Signal, sleep, wait } from "../sim/process.ts";
import type { PodLife } from "./pod_life.ts";
import { transfer } from "./supply_lines.ts";

/** A time that is known when the stage begins. */
export const after = (us: (life: PodLife) => number) => (life: PodLife): Process => sleep(us(life));

/** Until it was placed, or the scheduler has other words for why it cannot be. */
export function* untilNews(life: PodLife): Process {
  do {
    yield* wait(life.host.nodes.retry(life.placing));
  } while (!life.place());
}

export function* downloads({ pod, host: { lines, troubles }, template }: PodLife): Process {
  const { downloadBytes } = template.startup;
  const { download } = lines.supply;
  yield* transfer(lines.hub, troubles.phaseBytes(pod, "downloading", downloadBytes, download));
}

/** Engines that are one over several pods find each other before any of them loads anything. */
export function* imports({ pod, host: { troubles }, template }: PodLife): Process {
  yield* sleep(troubles.phaseUs(pod, "importing", template.startup.importUs));
  if (template.peers) yield* template.peers.join();
}

/** Over the claim, which others read too, or from a disk of its own. */
export function* loadsWeights(
  { pod, template: { startup: { loadBytes, claim } }, host: { lines, troubles } }: PodLife,
): Process {
  const { load } = lines.supply;
  const bytes = troubles.phaseBytes(pod, "loading", loadBytes, load);
  if (claim !== undefined) yield* transfer(lines.claim(claim), bytes);
  else yield* sleep(transferUs(bytes, load));
}

/** Profiling, KV cache, CUDA graphs, warm-up. */
export function* initialises({ pod, host: { troubles }, template }: PodLife): Process {
  yield* sleep(troubles.phaseUs(pod, "initialising", template.startup.initUs));
}

/** Whether its processes stop by themselves when they are told to. */
export function* finishesRequests({ spec, graceUs, hung, engine, host }: PodLife): Process {
  const withinUs = Math.max(0, graceUs - spec.preStopUs);
  if (hung) return yield* sleep(withinUs);
  if (!engine || engine.idle) return;
  const over = new Signal<void>();
  engine.onIdle = () => over.fire();
  host.clock.after(withinUs, () => over.fire());
  yield* wait(over);
}
