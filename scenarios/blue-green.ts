// Blue-green: a new configuration comes up beside the old one, is tried, and takes all traffic at once.
// Shows: a smoke load goes to the preview past all weights and finds nothing; under the whole traffic
// --max-num-seqs=4 lets requests queue up, the analysis after the switch sees it and switches back.
// Expect: aborted, all traffic on the old pods again within a minute of the switch, no request lost.

import {
  analysis,
  blueGreen,
  constant,
  expect,
  fixed,
  lognormal,
  main,
  member,
  metric,
} from "mtop";
import { poisson, scenario } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const ttft = metric.ttft("p90", { of: "preview" }).below("800ms");
const smoke = analysis("smoke", { every: "15s", initialDelay: "1m", count: 4, checks: [ttft] });
const real = analysis("real", { every: "10s", count: 30, failureLimit: 1, checks: [ttft] });
export const blueGreenScenario = scenario({
  name: "blue-green",
  about: "A preview that passes its smoke test cannot hold the traffic, and is switched back.",
  seed: 42,
  ...{ duration: "14m", warmup: "1m" },
  cluster: { nodes: [{ count: 2, gpus: "2xA100-SXM-80GB" }] },
  services: [qwen],
  slo: { "qwen2-5-7b": { ttft: { p95: "1s" }, itl: { p95: "60ms" } } },
  load: [
    poisson("chat", {
      to: "qwen2-5-7b",
      rps: 7,
      prompt: lognormal({ mean: 900, p99: 4_000 }),
      output: lognormal({ mean: 220, p99: 900 }),
    }),
    constant("smoke", {
      to: member("qwen2-5-7b", { of: "preview" }),
      rps: 1,
      ...{ start: "6m30s", end: "8m" },
      ...{ prompt: fixed(500), output: fixed(50) },
    }),
  ],
  rollouts: [
    blueGreen("qwen2-5-7b", {
      at: "2m",
      to: { args: ["--max-num-seqs=4"] },
      ...{ prePromotion: smoke, postPromotion: real },
    }),
  ],
  expect: [
    expect.aborted("qwen2-5-7b", { within: "9m" }),
    expect.weight("qwen2-5-7b", "stable", 100),
    ...[metric.goodput().above("90%"), metric.lost().below(1)],
  ],
});

export default blueGreenScenario;
if (import.meta.main) Deno.exitCode = await main(blueGreenScenario);
