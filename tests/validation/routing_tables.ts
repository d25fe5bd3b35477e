// The routing ladders as tables: figure beside figure, and what of the targets is met.

import { median } from "../../src/calibration/formats/statistics.ts";
import { POLICIES, type Policy, type RoutingFigures, type RoutingRow } from "./routing.ts";

/** Every figure: measured, simulated. */
export function routingTable(rows: readonly RoutingRow[]): string[][] {
  return [
    [
      "POLICY",
      "RPS",
      "TOKENS/S",
      "SIM",
      "TTFT P90 S",
      "SIM",
      "SEEN",
      "TTFT MEAN S",
      "SIM",
      "ITL MS",
      "SIM",
      "HITS %",
    ],
    ...rows.map(({ policy, rps, measured, simulated, seenTtftP90, prefixHits }) => [
      policy,
      `${rps}`,
      measured.outputTokensPerSecond.toFixed(0),
      simulated.outputTokensPerSecond.toFixed(0),
      measured.ttftP90.toFixed(2),
      simulated.ttftP90.toFixed(2),
      seenTtftP90.toFixed(2),
      measured.ttftMean.toFixed(2),
      simulated.ttftMean.toFixed(2),
      (measured.itlMean * 1000).toFixed(0),
      (simulated.itlMean * 1000).toFixed(0),
      (prefixHits * 100).toFixed(1),
    ]),
  ];
}

/** TTFT p90 from which on a policy does not keep up: requests queue for a time without end. */
const SATURATED_S = 5;

/** One line a target. */
export function routingTargets(rows: readonly RoutingRow[]): string[][] {
  const within = (of: (row: RoutingRow) => number) => (policy: Policy) => {
    const its = rows.filter((row) => row.policy === policy);
    const near = its.filter((row) => {
      const ratio = of(row) / row.measured.ttftP90;
      return ratio >= 0.5 && ratio <= 2;
    });
    return `${near.length} of ${its.length} rates`;
  };
  return [
    ["TARGET", ...POLICIES.map((policy) => policy.toUpperCase())],
    ["TTFT p90 within 2 ×", ...POLICIES.map(within((row) => row.simulated.ttftP90))],
    ["the same, as its client saw it", ...POLICIES.map(within((row) => row.seenTtftP90))],
    [
      "Tokens/s, median error",
      ...POLICIES.map((policy) => percentError(rows, policy, "outputTokensPerSecond")),
    ],
    ["ITL, median error", ...POLICIES.map((policy) => percentError(rows, policy, "itlMean"))],
    ["Saturated from (RPS), measured", ...POLICIES.map(saturation(rows, (row) => row.measured))],
    ["Saturated from (RPS), simulated", ...POLICIES.map(saturation(rows, (row) => row.simulated))],
  ];
}

const saturation =
  (rows: readonly RoutingRow[], of: (row: RoutingRow) => RoutingFigures) => (policy: Policy) => {
    const first = rows.find((row) => row.policy === policy && of(row).ttftP90 > SATURATED_S);
    return first ? `${first.rps}` : "-";
  };

function percentError(
  rows: readonly RoutingRow[],
  policy: Policy,
  name: keyof RoutingFigures,
): string {
  const errors = rows.filter((row) => row.policy === policy)
    .map(({ measured, simulated }) => (simulated[name] / measured[name] - 1) * 100);
  const middle = median(errors)!;
  return `${middle < 0 ? "" : "+"}${middle.toFixed(1)}%`;
}

/** At how many rates one policy has more tokens/s than the next, by what factor, and a lower TTFT p90. */
export function routingOrder(rows: readonly RoutingRow[]): string[][] {
  const rates = [...new Set(rows.map(({ rps }) => rps))];
  const at = (policy: Policy, rps: number) =>
    rows.find((row) => row.policy === policy && row.rps === rps)!;
  const count = (better: (rps: number) => boolean) => `${rates.filter(better).length}`;
  return [
    ["ORDER, AT HOW MANY RATES", "TOKENS/S", "SIM", "MEDIAN ×", "SIM", "TTFT P90", "SIM"],
    ...POLICIES.slice(0, -1).map((policy, index) => {
      const next = POLICIES[index + 1]!;
      const tokens = (of: "measured" | "simulated") =>
        count((rps) =>
          at(policy, rps)[of].outputTokensPerSecond > at(next, rps)[of].outputTokensPerSecond
        );
      const factor = (of: "measured" | "simulated") =>
        median(
          rates.map((rps) =>
            at(policy, rps)[of].outputTokensPerSecond / at(next, rps)[of].outputTokensPerSecond
          ),
        )!.toFixed(2);
      const ttft = (of: "measured" | "simulated") =>
        count((rps) => at(policy, rps)[of].ttftP90 < at(next, rps)[of].ttftP90);
      return [
        `${policy} before ${next}, of ${rates.length}`,
        tokens("measured"),
        tokens("simulated"),
        factor("measured"),
        factor("simulated"),
        ttft("measured"),
        ttft("simulated"),
      ];
    }),
  ];
}
