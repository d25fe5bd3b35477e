// The registry of a scenario's words: every load, rollout, step, fault, metric and expectation in a sentence.

import { FAULT_KINDS } from "../fault/faults.ts";
import type { Act } from "../fleet/acts.ts";
import type { Load } from "../load/loads.ts";
import { LATENCIES, RATES, RATIOS } from "../metrics/names.ts";
import { STEP_KINDS } from "../rollout/steps/steps.ts";
import type { expect } from "./expectation_builders.ts";
import type { Rollout } from "./rollout_builders.ts";

export const WORD_FAMILIES = [
  ...["load", "length", "target", "rollout", "step", "act", "when", "fault", "on"] as const,
  ...["metric", "expect", "file"] as const,
] as const;
export type WordFamily = (typeof WORD_FAMILIES)[number];

/** A word that a scenario file is written with. */
export interface Word {
  readonly family: WordFamily;
  /** As `"mtop"` exports it: `podKill`, `metric.ttft`, `expect.aborted`. */
  readonly word: string;
  /** Of what it makes, where that has one. */
  readonly kind?: string;
  /** What it does or measures, in one sentence. */
  readonly about: string;
}

const LOADS: Readonly<Record<Load["kind"], string>> = {
  constant: "requests at an even pace, whether or not the service keeps up",
  poisson: "requests with exponential gaps, whether or not the service keeps up",
  gamma: "the same with gaps of a gamma distribution: bursts, or a pace more even than Poisson's",
  stages: "a rate that goes from one stage to the next, by steps or ramps",
  spike: "a rate that leaps for a while, and falls back",
  diurnal: "a rate that swings between a low and a high with the time of day",
  users: "so many users, each asking again when it has its answer and has thought",
  trace: "requests as they were recorded: Azure's CSV or Mooncake's JSON Lines",
  own: "requests of the scenario's own code",
};

const ROLLOUTS: Readonly<Record<Rollout["kind"], string>> = {
  canary: "a second member of the service's route group takes weight step by step",
  blueGreen: "a second member comes up beside the service and takes all traffic at once",
  rolling: "the service itself changes: its Deployments or LeaderWorkerSets replace their pods",
  shadow: "a second member gets copies of requests, whose answers nobody reads",
};

const ACTS: Readonly<Record<Act, string>> = {
  promote: "a person ends the pause that a rollout is in",
  promoteFull: "a person skips all further steps and analyses",
  abort: "a person sends all traffic back to stable",
  retry: "a person begins an aborted rollout again",
  pauseRollout: "a person holds a rollout where it is",
  resume: "a person lets a held rollout go on",
  undo: "a person puts back what was before the rollout",
};

const EXPECTATIONS: Readonly<Record<keyof typeof expect, string>> = {
  aborted: "the rollout was aborted, within so long after a fault or its own begin",
  completed: "the rollout went through all its steps",
  paused: "the rollout was paused",
  inconclusive: "an analysis was Inconclusive and held the rollout",
  degraded: "the rollout is Degraded",
  progressing: "the rollout is still under way",
  stalled: "the rollout made no progress within its deadline",
  weight: "the weight of a revision at the end",
  event: "Kubernetes Events of a reason, so many of them, within so long",
  noEvent: "no Kubernetes Event of a reason",
  recovered: "a check holds again after a fault, and goes on to hold",
  noRequestLost: "no request failed or was rejected for good",
  costBelow: "what the GPUs cost",
  always: "a check holds at every window",
  betterThan: "a metric is better than that of another scenario under the same seed",
};

/** Words that say how long, where to, when, whom: parts of the others. */
const PARTS = {
  length: {
    fixed: "always so many tokens",
    uniform: "tokens from a least to a most number, each equally likely",
    lognormal: "tokens by their mean and 99th percentile",
    empirical: "tokens drawn from numbers that were measured",
    sharedPrefix: "groups of users who share a system prompt, with conversations if wanted",
  },
  target: {
    member: "one service alone, or a revision of it, past all weights",
    group: "the members of a route group, by their weights",
    model: "whatever serves a model of this name, by weight",
  },
  when: {
    atStep: "when a step of a rollout begins, or some time after",
    after: "when a fault begins first, or some time after",
    whenever: "when a check holds first",
    every: "a fault again and again, at an interval",
    randomly: "a fault again and again, at random with a mean interval",
  },
  on: {
    pods: "the first, all, so many, a percentage or random ones of the pods meant",
    nodes: "the same of nodes: by name, by zone, or those that host such pods",
  },
  file: {
    scenario: "freezes the data of a scenario: what the file exports as its default",
    sweep: "a scenario and the values of fields that a sweep tries",
    main: "runs the scenario where the file is a program of its own",
    defineScorer: "a scorer of endpoint pickers, of the scenario's own code",
    defineAutoscaler: "an autoscaler of the scenario's own code, for `autoscalers`",
  },
} as const;

/** Words whose kind does not tell them. */
const NAMES: Readonly<Record<string, string>> = {
  "fault own": "defineFault",
  "load own": "defineLoad",
  "step own": "defineStep",
  "step analysisStep": "analyze",
  "metric own": "defineMetric",
};

/** `pod-kill` as `podKill`. */
function camelCase(kind: string): string {
  return kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function word(family: WordFamily, kind: string, about: string): Word {
  return { family, word: NAMES[`${family} ${kind}`] ?? camelCase(kind), kind, about };
}

/** Words that make no entry of a kind. */
function plainWords(family: WordFamily, abouts: Readonly<Record<string, string>>): Word[] {
  return Object.entries(abouts).map(([word, about]) => ({ family, word, about }));
}

function words(family: WordFamily, abouts: Readonly<Record<string, string>>): Word[] {
  return Object.entries(abouts).map(([kind, about]) => word(family, kind, about));
}

/** Every word, family by family. */
export const WORDS: readonly Word[] = [
  ...words("load", LOADS),
  ...plainWords("length", PARTS.length),
  ...plainWords("target", PARTS.target),
  ...words("rollout", ROLLOUTS),
  ...plainWords("rollout", {
    analysis: "checks beside a rollout, by Argo's rules, or for analyze",
  }),
  ...STEP_KINDS.map(({ kind, about }) => word("step", kind, about)),
  ...plainWords("act", {
    change: "a person changes a service: what runs, replicas, weight, objectives, or its end",
  }),
  ...words("act", ACTS),
  ...plainWords("when", PARTS.when),
  ...FAULT_KINDS.map(({ kind, about }) => word("fault", kind, about)),
  ...plainWords("on", PARTS.on),
  ...Object.entries({ ...LATENCIES, ...RATIOS, ...RATES }).map(([name, { about }]) => ({
    family: "metric" as const,
    word: name === "own" ? "defineMetric" : `metric.${name}`,
    about,
  })),
  {
    family: "metric",
    word: "metric.distribution",
    about: "all values of a latency against another revision's, by the Mann-Whitney U test",
  },
  ...plainWords("metric", {
    burnRateChecks: "the three burn rates on which to alert, as checks for a budget's window",
  }),
  ...Object.entries(EXPECTATIONS).map(([name, about]) => ({
    family: "expect" as const,
    word: `expect.${name}`,
    about,
  })),
  ...plainWords("file", PARTS.file),
];
