// How a canary's observed share compares with its weights, in KServe's own test and with 250 times the requests.
import { BACKENDS, binomialBand, lifecycle } from "../unit/scenario/canary_lifecycle.ts";

for (const requests of [40, 10_000]) {
  console.log(`  ${requests.toLocaleString("en-US")} requests a phase, in 20 s`);
  for (const backend of BACKENDS) {
    const { phases, mutations, convergedUs } = lifecycle({ backend, requests });
    for (const { name, share, canary, errors } of phases) {
      const { low, high } = binomialBand(requests, share);
      const found = `${(100 * canary / requests).toFixed(2)}%`.padStart(7);
      const within = canary >= low && canary <= high ? "within" : "OUTSIDE";
      console.log(
        `    ${backend.padEnd(8)} ${name.padEnd(9)} weight ${
          (100 * share).toFixed(0).padStart(3)
        }%` +
          `  observed ${found}  ${within} ${low} to ${high} (99 %)  ${errors} errors`,
      );
    }
    console.log(
      `    ${backend.padEnd(8)} after changes: ${mutations.errors} errors of ` +
        `${mutations.requests}, old weights for ${(convergedUs / 1000).toFixed(0)} ms`,
    );
  }
}

const SEEDS = 200;
let within = 0;
let phasesSeen = 0;
for (let seed = 1; seed <= SEEDS; seed++) {
  for (
    const { share, canary, errors } of lifecycle({ backend: "service", requests: 40, seed }).phases
  ) {
    const { low, high } = binomialBand(40, share);
    phasesSeen++;
    if (canary >= low && canary <= high && errors === 0) within++;
  }
}
console.log(
  `  40 requests a phase, seeds 1 to ${SEEDS}: ${within} of ${phasesSeen} phases within their 99 % band ` +
    "and without errors",
);
