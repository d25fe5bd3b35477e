// A workload's pod as the API shows it: the Kubernetes object behind the facts of its life.

import { listIn } from "../kube/json_shape.ts";
import { isMain, MAIN } from "../kube/main_container.ts";
import { STORAGE_INITIALIZER, STORAGE_INITIALIZER_IMAGE } from "../kube/model_storage.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { START_PHASES, type StartPhase } from "../serving/startup.ts";
import { parseTimestamp, virtualTimestamp } from "../sim/timestamp.ts";
import type { PodLife } from "./pod_life.ts";
import type { PodStage } from "./pod_stages.ts";
import { type PodCondition, podConditions, podStatus } from "./pod_status.ts";

/** What a simulated server does while it starts: no field of a pod has that. */
const START_ANNOTATION = "mtop.dev/start-phase";

/** Makes the objects of one pod; it remembers since when each condition is so. */
export class PodObjects {
  readonly #life: PodLife;
  #conditions: readonly PodCondition[] = [];
  #spec: JsonObject | undefined;
  #node: string | undefined;

  constructor(life: PodLife) {
    this.#life = life;
  }

  /** Now, `seen` being the stage in which its kubelet saw it last. */
  object(seen: PodStage): KubeObject {
    const life = this.#life;
    this.#conditions = podConditions(life).map((now) => this.#timed(now));
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: metadata(life),
      spec: this.#specNow(),
      status: podStatus(life, seen, this.#conditions),
    };
  }

  #timed(now: PodCondition): PodCondition {
    const before = this.#conditions.find(({ type }) => type === now.type);
    const since = before?.status === now.status
      ? before["lastTransitionTime"]
      // A pod that was up before the run has been so since it was made.
      : virtualTimestamp(
        before || this.#life.createdUs >= 0 ? this.#life.nowUs : this.#life.createdUs,
      );
    return { ...now, lastTransitionTime: since };
  }

  /** The same value while nothing of it changes, so that nobody compares it in vain. */
  #specNow(): JsonObject {
    const node = this.#life.node?.name;
    if (this.#spec === undefined || node !== this.#node) {
      this.#node = node;
      this.#spec = podSpec(this.#life, node);
    }
    return this.#spec;
  }
}

function metadata(life: PodLife): KubeObject["metadata"] {
  const { name, namespace, uid, template, createdUs, deletedUs, graceUs, phase } = life;
  const { labels, controller } = template;
  return {
    name,
    namespace,
    uid,
    labels,
    ...(phase === undefined ? {} : {
      annotations: { [START_ANNOTATION]: `${phase} since ${virtualTimestamp(life.phaseUs)}` },
    }),
    creationTimestamp: virtualTimestamp(createdUs),
    ...(controller ? { ownerReferences: [controller] } : {}),
    // The API server writes when the grace is over, not when the deletion was asked for.
    ...(deletedUs === undefined ? {} : {
      deletionTimestamp: virtualTimestamp(deletedUs + graceUs),
      deletionGracePeriodSeconds: graceUs / 1_000_000,
    }),
  };
}

/** As it was rendered, with what became of it: its image and GPUs, its node, the API server's defaults. */
function podSpec({ template, spec, init }: PodLife, node: string | undefined): JsonObject {
  const { image, resources, template: rendered } = template;
  const containers = listIn(rendered, "containers");
  const main = containers.find(isMain);
  const own = { name: MAIN, ...main, image, resources };
  const initContainers = [
    ...listIn(rendered, "initContainers").filter((each) =>
      init || nameOf(each) !== STORAGE_INITIALIZER
    ),
    ...missing(rendered, [
      ...spec.sidecars.map(({ name, image }) => ({ name, image, restartPolicy: "Always" })),
      ...(init ? [{ name: STORAGE_INITIALIZER, image: STORAGE_INITIALIZER_IMAGE }] : []),
    ]),
  ];
  return {
    ...rendered,
    ...(node === undefined ? {} : { nodeName: node }),
    ...(initContainers.length > 0 ? { initContainers } : {}),
    containers: main === undefined
      ? [own, ...containers]
      : containers.map((container) => container === main ? own : container),
    restartPolicy: "Always",
    terminationGracePeriodSeconds: spec.graceUs / 1_000_000,
    tolerations: spec.tolerations as unknown as readonly JsonObject[],
  };
}

/** Init containers that a pod has though its spec was not rendered with them. */
function missing(rendered: JsonObject, containers: readonly JsonObject[]): readonly JsonObject[] {
  const names = new Set(listIn(rendered, "initContainers").map(nameOf));
  return containers.filter((container) => !names.has(nameOf(container)));
}

function nameOf(container: Json): Json | undefined {
  return (container as JsonObject | null)?.["name"];
}

/** What the server in a pod does while it starts, and since when; undefined where nothing says so. */
export function startPhaseOf(pod: KubeObject): { phase: StartPhase; sinceUs: number } | undefined {
  const [word, , since = ""] = (pod.metadata.annotations?.[START_ANNOTATION] ?? "").split(" ");
  const phase = START_PHASES.find((phase) => phase === word);
  const sinceUs = parseTimestamp(since);
  return phase === undefined || sinceUs === undefined ? undefined : { phase, sinceUs };
}
