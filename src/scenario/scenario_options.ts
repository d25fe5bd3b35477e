// What a scenario file says of a run, as a type: its cluster and all that happens there.

import type { Definition } from "../fleet/policy/definition.ts";
import type { Simulated } from "../fleet/policy/simulated.ts";
import type { MigPlan } from "../fleet/scheduling/devices.ts";
import type { SpotProvider } from "../fleet/scheduling/spot.ts";
import type { Bandwidth } from "../serving/bandwidth_schema.ts";
import type { Duration } from "../sim/duration.ts";
import type { Process } from "../sim/process.ts";
import type { Act } from "./act_builders.ts";
import type { Percent } from "./builders.ts";
import type { Change } from "./change_builders.ts";
import type { OwnAutoscaler } from "./define.ts";
import type { Expectation } from "./expectation_builders.ts";
import type { Fault } from "./fault_builders.ts";
import type { Load, Objectives } from "./load_builders.ts";
import type { PolicyData } from "./own_code.ts";
import type { Rollout } from "./rollout_builders.ts";

/** Nodes that are alike. */
export interface NodeOptions {
  readonly count: number;
  /** `"8xH100-SXM"`; absent: a node without GPUs. */
  readonly gpus?: `${number}x${string}`;
  /** Prefix of the nodes' names. */
  readonly name?: string;
  /** As Kubernetes writes quantities; absent: the GPUs' share of a machine that one can rent. */
  readonly cpu?: string | number;
  readonly memory?: string | number;
  readonly storage?: string | number;
  /** What other device plugins offer: `{ "rdma/ib": 8 }`. */
  readonly resources?: Readonly<Record<string, number>>;
  readonly zone?: string;
  readonly region?: string;
  readonly instanceType?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** `"dedicated=llm:NoSchedule"`, as `kubectl taint` takes them. */
  readonly taints?: readonly string[];
  /** Its provider may take it back; with the provider's label, and its notice. */
  readonly spot?: SpotProvider;
  /** How each GPU is cut: `"all-1g.10gb"`, `"all-balanced"`, `["3g.40gb", "2g.20gb"]`. */
  readonly mig?: `all-${string}` | readonly string[];
  /** Absent: `single` where all slices are alike, else `mixed`. */
  readonly migStrategy?: MigPlan["strategy"];
  /** When they register; absent: they are there from the beginning. */
  readonly joins?: Duration;
  /** Pods that take turns on each GPU. */
  readonly timeSlicing?: number;
  /** GPUs that an NVLink bridge joins, where not all of the node's are joined. */
  readonly nvlink?: { readonly island: number };
  /** GPUs are claimed as devices (dynamic resource allocation) instead of counted. */
  readonly dra?: boolean | {
    readonly attributes: Readonly<Record<string, string | number | boolean>>;
  };
}

export interface ScenarioOptions {
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly about?: string;
  /** What all chance is drawn from: the same seed, the same log; `--seed` is stronger. */
  readonly seed?: number;
  /** Virtual time, the warm-up included. */
  readonly duration: Duration;
  /** Requests that arrive in it are left out of verdicts and summaries. */
  readonly warmup?: Duration;
  readonly cluster: {
    readonly nodes: readonly NodeOptions[];
    /** How fast images and weights come; what is left out is as fast as was measured. */
    readonly bandwidth?: {
      /** The registry to all nodes that pull at once. */
      readonly registry?: Bandwidth;
      /** One node's pull of an image, unpacking included. */
      readonly pull?: Bandwidth;
      /** The model hub to all pods that download at once. */
      readonly hub?: Bandwidth;
      /** One pod's download of its model. */
      readonly download?: Bandwidth;
      /** One pod's weights from its disk into its GPUs. */
      readonly load?: Bandwidth;
      /** All pods together that read their model from one claim (`pvc://`). */
      readonly volume?: Bandwidth;
    };
    /** Containers start before their image's layers are there (GKE Image streaming). */
    readonly imageStreaming?: boolean;
    /** How changes reach the gateway. */
    readonly gateway?: {
      /** From a change of weights, members or pods on; none when left out. Istio waits for `"100ms"`. */
      readonly propagation?: Duration;
      /**
       * For so long after its first weight above 0 a member is in the route and not yet known as a
       * backend: its requests are answered 503. Left out: it is known.
       */
      readonly coldBackend?: Duration;
    };
    /** Of devices that are claimed, beside those that their drivers bring; selectors in CEL. */
    readonly deviceClasses?: readonly {
      readonly name: string;
      readonly selectors: readonly string[];
    }[];
    /** USD per hour of one GPU, by the GPU's name: `{ "H100-SXM": 2.5 }`. */
    readonly prices?: Readonly<Record<string, number>>;
    /** By service a PodDisruptionBudget for its model servers, which drains ask. */
    readonly budgets?: Readonly<
      Record<
        string,
        | { readonly minAvailable: number | Percent }
        | { readonly maxUnavailable: number | Percent }
      >
    >;
  };
  /** LLMInferenceService objects, by JSON import or `yaml(text)`; judged when the scenario is planned. */
  readonly services: readonly unknown[];
  /** LLMInferenceServiceConfig objects that `baseRefs` name; KServe's own presets are there without. */
  readonly configs?: readonly unknown[];
  /** Coefficients fitted to engines of your own, as `mtop calibrate` saves them, by JSON import. */
  readonly calibrations?: readonly unknown[];
  /** By service: what its requests are held against, but for loads that bring their own. */
  readonly slo?: Readonly<Record<string, Objectives>>;
  readonly load: readonly Load[];
  readonly rollouts?: readonly Rollout[];
  /** What people change in services, and do about rollouts. */
  readonly changes?: readonly (Change | Act)[];
  readonly faults?: readonly Fault[];
  /** Autoscalers of the scenario's own, see `defineAutoscaler`. */
  readonly autoscalers?: readonly OwnAutoscaler[];
  /** What the vocabulary cannot say: `function* (sim) { yield* sim.sleep("5m"); sim.crash(…); }`. */
  readonly processes?:
    readonly (((sim: Simulated) => Process) | { kind: "process"; name: string })[];
  /** Definitions that manifests name: scorers, see `defineScorer`. */
  readonly policies?: readonly (Definition | PolicyData)[];
  readonly expect?: readonly Expectation[];
}
