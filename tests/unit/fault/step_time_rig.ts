// What the step model says of requests that are alone on a server, and what a run made of them.
import type { EventOf } from "../../../src/fleet/events.ts";
import { findGpu, type GpuFacts } from "../../../src/serving/gpus.ts";
import { physicalStepTime } from "../../../src/serving/step_time.ts";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { planned, run, smallScenario } from "../scenario/small_run.ts";

export const PROMPT = 4000;
export const H100 = findGpu("H100-SXM")!;

export interface Served {
  readonly model: string;
  readonly gpus: number;
}
export const SMALL: Served = { model: "meta-llama/Llama-3.1-8B", gpus: 1 };
export const LARGE: Served = { model: "meta-llama/Llama-3.3-70B-Instruct", gpus: 4 };

/** One request every 4 s for one token or a few, the answer to the last one long there. */
export function lonely(served: Served, faults: readonly unknown[], output = 1) {
  const { of } = run(scenarioOf(served, faults, output), { recordRequests: true });
  return { of, rows: of("request") };
}

function scenarioOf(served: Served, faults: readonly unknown[], output: number) {
  return smallScenario({
    duration: "4m",
    cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
    services: [llm("chat", { ...served, replicas: 1 })],
    load: [{
      ...{ kind: "constant", name: "users", to: "chat", rps: 0.25 },
      prompt: { kind: "fixed", tokens: PROMPT },
      output: { kind: "fixed", tokens: output },
    }],
    faults,
  });
}

/** The TTFT of such a request by the formula, in µs. */
export function ttftUs(served: Served, gpu: GpuFacts): number {
  const [service] = planned(scenarioOf(served, [], 1)).services;
  const stepTime = physicalStepTime({ ...service!.serving!, gpu });
  const ps = stepTime.fixedPs({
    prefillTokens: PROMPT,
    prefillAttention: PROMPT * PROMPT,
    decodeTokens: 0,
    requests: 1,
    adapters: 0,
  });
  return stepTime.admissionUs + Math.round(stepTime.admissionTokenUs * PROMPT) +
    Math.floor(ps / 1e6) + stepTime.tokenUs;
}

/** The different TTFTs of requests that arrived from one second to before another. */
export function ttfts(rows: readonly EventOf<"request">[], from: number, to: number): number[] {
  const within = rows.filter(({ arrivedUs }) =>
    arrivedUs >= from * SECOND && arrivedUs < to * SECOND
  );
  return [...new Set(within.map(({ ttftUs }) => ttftUs!))];
}
