import assert from "node:assert/strict";
import { EVENT_REASONS } from "../../../src/fleet/event_reasons.ts";

const SRC = new URL("../../../src/", import.meta.url);

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sources(url);
    else if (name.endsWith(".ts") && name !== "event_reasons.ts") yield url;
  }
}

// That none is told which is not here, the types see to.
Deno.test("EVENT_REASONS holds each once, and none that nobody tells", async () => {
  const texts: string[] = [];
  for (const floor of ["fleet", "fault", "rollout"]) {
    for await (const url of sources(new URL(`${floor}/`, SRC))) {
      texts.push(await Deno.readTextFile(url));
    }
  }
  const text = texts.join("\n");
  const untold = EVENT_REASONS.filter((reason) =>
    !text.includes(`"${reason}"`) &&
    !text.includes(reason.replace(/^(AnalysisRun).*/, "`$1$${phase}`"))
  );
  assert.deepEqual(untold, []);
  assert.equal(new Set(EVENT_REASONS).size, EVENT_REASONS.length);
});
