// A folder of 5,000 services, as YAML and as JSON: `mtop list` beside only reading and parsing it.
import { dump } from "js-yaml";
import { MTOP } from "../mtop_command.ts";
import { compare, homeIn, root, wallMs } from "./processes.ts";

const SERVICES = 5000;
const ROUNDS = 5;

/** As small as people write them. */
function service(index: number) {
  const name = `chat-${String(index).padStart(4, "0")}`;
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: {
      name,
      namespace: `team-${index % 20}`,
      labels: { "app.kubernetes.io/part-of": "chat", tier: index % 3 === 0 ? "free" : "paid" },
      annotations: { owner: `team-${index % 20}@example.com` },
    },
    spec: {
      model: {
        uri: "hf://meta-llama/Llama-3.1-8B-Instruct",
        name: "meta-llama/Llama-3.1-8B-Instruct",
      },
      replicas: 1 + index % 3,
      router: { gateway: {}, route: {}, scheduler: {} },
      template: {
        containers: [{
          name: "main",
          image: "vllm/vllm-openai:v0.15.1",
          args: ["--max-model-len=8192", "--gpu-memory-utilization=0.92"],
          resources: { limits: { "nvidia.com/gpu": "1", memory: "48Gi", cpu: "8" } },
        }],
      },
    },
  };
}

const FORMATS = {
  yaml: (value: object) => dump(value),
  json: (value: object) => JSON.stringify(value, undefined, 2),
};

const dir = await Deno.makeTempDir({ prefix: "mtop_bench_" });
try {
  for (const [format, write] of Object.entries(FORMATS)) {
    const folder = `${dir}/${format}`;
    await Deno.mkdir(folder);
    for (let index = 0; index < SERVICES; index++) {
      await Deno.writeTextFile(`${folder}/${index}.${format}`, write(service(index)));
    }
    const env = homeIn(`${dir}/${format}-home`);
    const list = { name: "mtop list", args: [...MTOP, "--mocks", folder, "list"], env };
    const firstMs = await wallMs(list);
    console.log(`${SERVICES} services as ${format}: first list ${(firstMs / 1000).toFixed(1)} s`);
    const parse = ["run", "--cached-only", "--allow-read", `${root}tests/bench/parse_folder.ts`];
    await compare([
      { name: `reading and parsing the ${format}`, args: [...parse, folder], env },
      { ...list, name: "mtop list, from the cache", limit: 2 },
    ], ROUNDS);
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}
