// A real trace on a real manifest: Azure's conversations of 2023 on KServe's own Qwen2.5-7B sample.

import { ok, strictEqual } from "node:assert/strict";
import { inTempDir, mtop } from "./program.ts";
import { root } from "./root.ts";

const TRACE = `${root}../shared/data/traces/azure2023/AzureLLMInferenceTrace_conv.csv`;
const MANIFEST =
  `${root}../shared/samples/docs-samples/single-node-gpu/llm-inference-service-qwen2-7b-gpu.yaml`;

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test({
  name:
    "the Azure conversation trace runs to its end on qwen2-7b-gpu.yaml (skipped without ../shared)",
  ignore: !(await exists(TRACE)) || !(await exists(MANIFEST)),
  fn: () =>
    inTempDir(async (dir) => {
      const source = `
import { scenario, trace } from "mtop";
import { yaml } from "mtop/yaml";
import text from "./trace.csv" with { type: "text" };
import manifest from "./manifest.yaml" with { type: "text" };
export default scenario({
  name: "azure",
  duration: "1h",
  cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
  services: [yaml(manifest)],
  load: [trace("conversations", { to: "qwen2-7b-instruct-single", text })],
});`;
      await Deno.writeTextFile(`${dir}/azure.ts`, source);
      // A scenario run by mtop imports what lies beside it.
      await Deno.copyFile(TRACE, `${dir}/trace.csv`);
      await Deno.copyFile(MANIFEST, `${dir}/manifest.yaml`);
      const { code, stdout, stderr } = await mtop(["run", "azure.ts", "-o", "json"], { cwd: dir });
      strictEqual(code, 0, stderr);
      const { requests, outputTokensPerSecond } =
        JSON.parse(stdout).services["qwen2-7b-instruct-single"];
      strictEqual(requests.arrived, 19_366);
      strictEqual(requests.completed, 19_366);
      strictEqual(requests.failed + requests.rejected + requests.inFlight, 0);
      const tokens = (await Deno.readTextFile(TRACE)).trim().split("\n").slice(1)
        .reduce((sum, line) => sum + Number(line.split(",")[2]), 0);
      ok(Math.abs(outputTokensPerSecond * 3600 - tokens) < 3600 * 0.001 + 1, `${tokens} tokens`);
    }),
});
