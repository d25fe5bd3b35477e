// Runs every benchmark beside it, each in a fresh process, or those whose name holds an argument.
const FOLDER = new URL("./", import.meta.url);
/** Benchmarks read traces, write logs to a temporary folder, and start the program itself. */
const PERMISSIONS = ["--allow-read", "--allow-write", `--allow-run=${Deno.execPath()}`];
const cores = navigator.hardwareConcurrency;

const wanted = (name: string) =>
  Deno.args.length === 0 || Deno.args.some((arg) => name.includes(arg));
const names = [...Deno.readDirSync(FOLDER)]
  .map((entry) => entry.name)
  .filter((name) => name.endsWith("_bench.ts") && wanted(name))
  .sort();

console.log(`Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, ${cores} cores`);
if (names.length === 0) {
  console.error("No benchmark has such a name");
  Deno.exitCode = 1;
}
for (const name of names) {
  console.log(`\n== ${name}`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--lock=tests/deno.lock",
      "--no-prompt",
      ...PERMISSIONS,
      new URL(name, FOLDER).href,
    ],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) Deno.exitCode = 1;
}
