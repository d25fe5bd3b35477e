// What a scrape finds at the pods of a member: gauges of its engines, counts of its windows.

import { nameOfChild } from "../../kube/names.ts";
import { PPM } from "../../metrics/names.ts";
import type { Revision } from "../revision.ts";
import type { WindowEvent } from "../state.ts";
import type { Scraped } from "./prometheus.ts";
import type { Labels } from "./promql.ts";
import type { MemberSample, PodCounts, PodSample } from "./scraped_metrics.ts";

const NOTHING: PodCounts = {
  promptTokens: 0,
  outputTokens: 0,
  preemptions: 0,
  prefixQueries: 0,
  prefixHits: 0,
};

export class MemberScrape implements Scraped {
  readonly labels: Labels;
  readonly #revision: Revision;
  #counts = new Map<string, PodCounts>();
  #arrived = 0;
  #completed = 0;
  /** When a request was answered last, to the second; the beginning of the run where none was. */
  lastAnswerUs = 0;

  constructor(revision: Revision) {
    const { name, namespace = "default" } = revision.object.metadata;
    const pool = nameOfChild(name, "pool");
    this.#revision = revision;
    this.labels = {
      namespace,
      llm_isvc_name: name,
      model_name: servedName(revision),
      name: pool,
      inference_pool: pool,
    };
  }

  /** A second of the member's that is over. */
  count({ at, measured, warmup, pods }: WindowEvent): void {
    for (const window of [measured, warmup]) {
      if (!window) continue;
      this.#arrived += window.requests.arrived;
      this.#completed += window.requests.completed;
      if (window.requests.completed > 0) this.lastAnswerUs = at;
    }
    for (const [index, name] of pods.name.entries()) {
      const before = this.#counts.get(name) ?? NOTHING;
      this.#counts.set(name, {
        promptTokens: before.promptTokens + (pods.promptTokens?.[index] ?? 0),
        outputTokens: before.outputTokens + pods.outputTokens[index]!,
        preemptions: before.preemptions + pods.preemptions[index]!,
        prefixQueries: before.prefixQueries + (pods.prefixQueries?.[index] ?? 0),
        prefixHits: before.prefixHits + (pods.prefixHits?.[index] ?? 0),
      });
    }
  }

  pods(): PodSample[] {
    const counts = new Map<string, PodCounts>();
    const counted = this.#counts.size > 0;
    const samples = this.#revision.workloads.flatMap(({ plan: { role }, pods }) =>
      pods.flatMap(({ name, alive, engine }) => {
        // A server that hangs does not answer a scrape either.
        if (!alive || !engine || engine.frozen) return [];
        const { running, waiting, usedBlocks } = engine.gauges;
        const own = counted ? this.#counts.get(name) ?? NOTHING : NOTHING;
        if (counted) counts.set(name, own);
        // As windows have it: parts per million.
        const kvUsage = Math.round(usedBlocks * PPM / engine.kvBlocks) / PPM;
        return [{ pod: name, role, running, waiting, kvUsage, counts: own }];
      })
    );
    // Those of pods that are gone are nobody's.
    if (this.#counts.size > counts.size) this.#counts = counts;
    return samples;
  }

  member(): MemberSample {
    const { waiting, inFlight, main, workloads } = this.#revision;
    return {
      queued: waiting,
      inFlight,
      readyEndpoints: main.readyReplicas,
      arrived: this.#arrived,
      completed: this.#completed,
      picker: workloads.some(({ plan, readyReplicas }) =>
        plan.role === "scheduler" && readyReplicas > 0
      ),
    };
  }
}

/** As its clients call the model: KServe's webhook names it after the service when nothing is said. */
function servedName({ object: { metadata, spec } }: Revision): string {
  const model = spec?.["model"] as { name?: string } | undefined;
  return model?.name ?? metadata.name;
}
