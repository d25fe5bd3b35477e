// Random rollouts of every strategy, with steps and options of all kinds, and what people do about them.
import type { Data, Random } from "./random.ts";

/** A service, as far as its rollouts ask. */
interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** What the further member is called, by the kind of its rollout; rolling has none. */
const REVISIONS: Readonly<Record<string, string>> = {
  canary: "canary",
  blueGreen: "preview",
  shadow: "shadow",
};

/** The revision that a rollout makes; undefined where it makes none. */
export function revisionOf(rollout: Data | undefined): string | undefined {
  return REVISIONS[rollout?.["kind"] as string];
}

export function rollout(random: Random, services: readonly Service[], durationS: number): Data {
  const make = random.pick([canary, canary, rolling, blueGreen, shadow]);
  return make(random, random.pick(services), durationS);
}

/** At any time, in vain or not. */
export function acts(random: Random, { service }: Data, durationS: number): Data[] {
  const names = ["promote", "promoteFull", "abort", "retry", "pauseRollout", "resume", "undo"];
  return random.some(0, 4, () => ({
    kind: "act",
    act: random.pick(names),
    service,
    when: `${random.between(0, durationS)}s`,
  }));
}

function guardOf(random: Random, of: string): Data {
  const check = { kind: "metric", comparison: "below", ...(of === "" ? {} : { of }) };
  return {
    kind: "analysis",
    name: "guard",
    every: `${random.between(5, 30)}s`,
    failureLimit: random.between(0, 2),
    consecutiveErrorLimit: random.between(0, 6),
    checks: [
      { ...check, metric: "errorRate", threshold: "5%" },
      // Between the two it is Inconclusive, and the rollout waits for a person.
      { ...check, metric: "ttft", threshold: "1s", ...(random.coin() ? { failsAbove: "5s" } : {}) },
    ],
  };
}

const counted = (random: Random, of: string) => ({
  ...guardOf(random, of),
  count: random.between(1, 3),
});

/** What every rollout by a further member may say. */
function member(random: Random, { metadata: { name } }: Service, durationS: number): Data {
  return {
    service: name,
    at: `${random.between(0, Math.floor(durationS / 3))}s`,
    to: {
      image: random.pick(["vllm:1", "vllm:2", "registry.invalid/vllm:1"]),
      ...(random.coin() ? { env: { A: "b" } } : {}),
      ...(random.between(0, 3) === 0 ? { args: ["--max-num-seqs=2"] } : {}),
    },
    ...(random.coin() ? { scaleDownDelay: `${random.between(0, 60)}s` } : {}),
    ...(random.coin() ? { abortScaleDownDelay: `${random.between(0, 60)}s` } : {}),
    ...(random.coin() ? { progressDeadline: `${random.between(10, 600)}s` } : {}),
    ...(random.coin() ? { progressDeadlineAbort: random.coin(), rollback: random.coin() } : {}),
  };
}

function canary(random: Random, service: Service, durationS: number): Data {
  const guard = guardOf(random, "canary");
  const steps = random.some(1, 5, () => stepsOf(random)).flat();
  return {
    kind: "canary",
    ...member(random, service, durationS),
    steps,
    ...(random.coin() ? { analysis: guard } : {}),
    ...(random.coin() ? { dynamicStableScale: random.coin() } : {}),
  };
}

function stepsOf(random: Random): Data[] {
  const analysis = counted(random, "canary");
  // Each template of a rollout is a revision with a name of its own.
  const number = random.between(1, 1_000_000);
  return random.pick<Data[]>([
    [{ kind: "setWeight", weight: random.between(0, 80) }],
    [{ kind: "setWeight", weight: random.between(1, 50) }],
    [{ kind: "pause", duration: `${random.between(0, 120)}s` }],
    [{ kind: "setCanaryScale", replicas: random.between(0, 3) }],
    [{ kind: "setCanaryScale", matchTrafficWeight: true }],
    [{ kind: "analysisStep", analysis }],
    [
      { kind: "setCanaryScale", replicas: 1 },
      { kind: "setMirrorRoute", percentage: random.between(1, 100) },
      { kind: "pause", duration: `${random.between(0, 60)}s` },
      ...(random.coin() ? [{ kind: "setMirrorRoute" }] : []),
    ],
    [{ kind: "replicaProgressThreshold", type: "Percent", value: random.between(1, 100) }],
    [{
      kind: "experiment",
      templates: [
        { name: `baseline-${number}`, specRef: "stable", ...(random.coin() ? { weight: 10 } : {}) },
        { name: `challenger-${number}`, specRef: "canary", replicas: random.between(1, 2) },
      ],
      duration: `${random.between(0, 120)}s`,
      ...(random.coin() ? { analyses: [analysis] } : {}),
    }],
  ]);
}

function blueGreen(random: Random, service: Service, durationS: number): Data {
  return {
    kind: "blueGreen",
    ...member(random, service, durationS),
    ...(random.coin() ? { previewReplicas: random.between(1, 3) } : {}),
    ...(random.coin() ? { autoPromotion: random.coin() } : {}),
    ...(random.coin() ? { autoPromotionAfter: `${random.between(0, 120)}s` } : {}),
    ...(random.coin() ? { prePromotion: counted(random, "preview") } : {}),
    ...(random.coin() ? { postPromotion: counted(random, "preview") } : {}),
  };
}

function shadow(random: Random, service: Service, durationS: number): Data {
  return {
    kind: "shadow",
    ...member(random, service, durationS),
    percent: random.between(1, 100),
    for: `${random.between(1, 300)}s`,
    ...(random.coin() ? { analysis: guardOf(random, "shadow") } : {}),
    ...(random.coin() ? { promote: random.coin() } : {}),
  };
}

/** In place: surged or not, stuck or not, undone or not. */
function rolling(random: Random, { metadata, spec }: Service, durationS: number): Data {
  const surge = random.pick<unknown>([0, 1, 2, "25%", "100%"]);
  return {
    kind: "rolling",
    service: metadata.name,
    at: `${random.between(0, Math.floor(durationS / 3))}s`,
    to: {
      image: random.pick(["vllm:1", "vllm:2", "registry.invalid/vllm:1"]),
      // Where something scales it, its replicas are not the spec's.
      ...("replicas" in spec && random.coin() ? { replicas: random.between(0, 4) } : {}),
    },
    ...(random.coin() ? { maxSurge: surge, maxUnavailable: random.between(1, 3) } : {}),
    ...(random.coin() ? { undo: `${random.between(Math.floor(durationS / 3), durationS)}s` } : {}),
    ...(random.coin() ? { rollback: random.coin(), analysis: guardOf(random, "") } : {}),
  };
}
