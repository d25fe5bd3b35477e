// The whole library of scenarios in one go, as CI runs it, and each scenario of it alone.

import { MTOP } from "../mtop_command.ts";
import { judged, median, root, wallMs } from "./processes.ts";

const ROUNDS = 3;
const LIMIT_S = 60;

const files = [...Deno.readDirSync(`${root}scenarios`)].map(({ name }) => `scenarios/${name}`)
  .filter((name) => name.endsWith(".ts")).sort();

const times: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  times.push(
    await wallMs({ name: "mtop run scenarios/*.ts", args: [...MTOP, "run", "scenarios/*.ts"] }),
  );
}
const seconds = median(times) / 1000;
console.log(
  `${files.length} scenarios in one process, median of ${ROUNDS}: ${seconds.toFixed(1)} s, ` +
    `limit ${LIMIT_S}: ${judged(seconds, LIMIT_S)}`,
);
for (const file of files) {
  const ms = await wallMs({ name: file, args: ["run", "--no-prompt", file] });
  console.log(`  ${file.padEnd(40)} ${ms.toFixed(0).padStart(6)} ms`);
}
