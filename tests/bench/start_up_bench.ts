// How long a user waits for a prompt's answer: help, a list, a completion, and the first list ever.
import { MTOP } from "../mtop_command.ts";
import { compare, homeIn, judged, median, wallMs } from "./processes.ts";

const ROUNDS = 21;
const FIRST_ROUNDS = 7;
/** The first list ever, which simulates the mock cluster. */
const FIRST_LIMIT_MS = 1500;

const dir = await Deno.makeTempDir({ prefix: "mtop_bench_" });
try {
  const env = homeIn(dir);
  await compare([
    { name: "deno eval 0", args: ["eval", "0"] },
    { name: "mtop --help", args: [...MTOP, "--help"], env, limit: 2 },
    { name: "mtop list, from the cache", args: [...MTOP, "list"], env, limit: 4 },
    { name: "deno task mtop list, as it is typed", args: ["task", "mtop", "list"], env, limit: 6 },
    { name: "mtop top, from the cache", args: [...MTOP, "top"], env, limit: 7 },
    {
      name: "mtop complete -- get ''",
      args: [...MTOP, "complete", "--", "get", ""],
      env,
      limit: 3,
    },
  ], ROUNDS);

  const times: number[] = [];
  for (let round = 0; round < FIRST_ROUNDS; round++) {
    const fresh = { ...env, XDG_CACHE_HOME: `${dir}/fresh-${round}` };
    times.push(await wallMs({ name: "mtop list", args: [...MTOP, "list"], env: fresh }));
  }
  const firstMs = median(times);
  const verdict = judged(firstMs, FIRST_LIMIT_MS);
  console.log(
    `  first mtop list ever, median of ${FIRST_ROUNDS}: ${firstMs.toFixed(0)} ms, ` +
      `limit ${FIRST_LIMIT_MS}: ${verdict}`,
  );
} finally {
  await Deno.remove(dir, { recursive: true });
}
