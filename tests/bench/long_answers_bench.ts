// What a request costs at answers of 100 and of 10,000 tokens, with as many requests at a time.
import { constant, fixed, scenario } from "mtop";
import { judged, median } from "./processes.ts";
import {
  describe,
  inFreshProcess,
  measure,
  type Measured,
  service,
  type WindowPace,
} from "./simulated.ts";

const REQUESTS = 20_000;
const PILOTS = 6;
const PILOT_REQUESTS = 1000;
/** At a time, on one replica. */
const CONCURRENCY = 32;
const PROMPT_TOKENS = 100;
const PROCESSES = 5;
const LIMIT = 1.5;

interface Task {
  readonly outputTokens: number;
  readonly rps: number;
  readonly requests: number;
  readonly windows: WindowPace;
}

/** Every request of a task, and time enough for the last one to end. */
function run({ outputTokens, rps, requests, windows }: Task): Measured {
  const seconds = Math.ceil(requests / rps);
  const tail = Math.ceil(2 * CONCURRENCY / rps);
  return measure(
    scenario({
      name: "long-answers",
      duration: `${seconds + tail}s`,
      cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM" }] },
      services: [service(1)],
      load: [
        constant("users", {
          to: "chat",
          end: `${seconds}s`,
          rps,
          prompt: fixed(PROMPT_TOKENS),
          output: fixed(outputTokens),
        }),
      ],
    }),
    { windows },
  );
}

const fresh = (task: Task) =>
  inFreshProcess<Measured>(import.meta.filename!, ["--pass", JSON.stringify(task)]);

const meanE2eSeconds = ({ totals }: Measured) =>
  totals.latencyUs.e2e.sum / totals.latencyUs.e2e.count / 1e6;

/**
 * The rate at which so many are there at a time: by Little's law, tried until it settles. Half a step a
 * time, in logarithms: a higher rate makes requests longer, and whole steps would swing.
 */
async function rateFor(outputTokens: number): Promise<number> {
  let rps = CONCURRENCY / (outputTokens / 100);
  for (let round = 0; round < PILOTS; round++) {
    const task = { outputTokens, rps, requests: PILOT_REQUESTS, windows: "at the end" } as const;
    const e2eSeconds = meanE2eSeconds(await fresh(task));
    rps = Number(Math.sqrt(rps * CONCURRENCY / e2eSeconds).toPrecision(4));
  }
  return rps;
}

/** Microseconds a request, and what else a pass says. */
async function cost(task: Task) {
  const passes: Measured[] = [];
  for (let index = 0; index < PROCESSES; index++) passes.push(await fresh(task));
  const one = passes[0]!;
  const { requests } = one.totals;
  if (requests.completed < task.requests - 1) {
    throw new Error(`only ${requests.completed} of ${task.requests} completed`);
  }
  const us = median(passes.map(({ simulateMs }) => simulateMs)) * 1000 / requests.completed;
  const windowsUs = median(passes.map(({ windowsMs }) => windowsMs)) * 1000 / requests.completed;
  return { us, windowsUs, one };
}

async function report(): Promise<void> {
  console.log(
    `${REQUESTS} requests of ${PROMPT_TOKENS} prompt tokens on one replica, about ${CONCURRENCY} ` +
      `at a time;\nmedians of ${PROCESSES} fresh processes, the first pass of each`,
  );
  const costs: number[] = [];
  for (const outputTokens of [100, 10_000]) {
    const rps = await rateFor(outputTokens);
    const task = { outputTokens, rps, requests: REQUESTS };
    // The longer a request, the more seconds it lives through: windows closed only when the run ends.
    const apart = await cost({ ...task, windows: "at the end" });
    const whole = await cost({ ...task, windows: "each second" });
    costs.push(apart.us);
    const seconds = Math.round(apart.one.virtualSeconds);
    console.log(
      `  ${outputTokens} tokens: ${describe(apart.us, "µs", 2)} a request ` +
        `(${rps} rps, ${apart.one.concurrency.toFixed(1)} at a time, ` +
        `${apart.one.preemptions} preemptions, ${seconds} virtual s)`,
    );
    console.log(
      `    with a window a second ${describe(whole.us, "µs", 2)}, ` +
        `of which closing them ${describe(whole.windowsUs, "µs", 2)}: ` +
        `${describe(whole.windowsUs * REQUESTS / whole.one.windows, "µs", 1)} a window`,
    );
  }
  const ratio = costs[1]! / costs[0]!;
  console.log(
    `  ratio without windows ${ratio.toFixed(2)}, limit ${LIMIT}: ${judged(ratio, LIMIT)}`,
  );
}

const task = Deno.args[Deno.args.indexOf("--pass") + 1];
if (Deno.args.includes("--pass")) console.log(JSON.stringify(run(JSON.parse(task!))));
else await report();
