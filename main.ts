// The program's door: refuses an older Deno in one sentence, then hands over to the command tree.
const version = globalThis.Deno?.version?.deno ?? "none";
const [major = 0, minor = 0] = version.split(".").map(Number);
if (major < 2 || (major === 2 && minor < 9)) {
  console.error(
    `mtop needs Deno 2.9 or newer, this is ${version}: run "deno upgrade" or "npm install -g deno"`,
  );
  if (globalThis.Deno) Deno.exit(1);
} else if (Deno.args[0] === "complete") {
  const { completeMain } = await import("./src/cli/completion_main.ts");
  await completeMain(Deno.args.slice(1));
} else if (!await helped()) {
  const { mtop } = await import("./src/cli/mtop.ts");
  // A worker that never yields would keep the process: the end is said, not waited for.
  Deno.exit(await mtop(Deno.args));
}

/** Whether the program's own help was asked for, and is printed. */
async function helped(): Promise<boolean> {
  const [word = "", ...others] = Deno.args;
  if (others.length > 0 || !["--help", "-h", "help"].includes(word)) return false;
  const { printHelp } = await import("./src/cli/help_main.ts");
  return printHelp();
}
