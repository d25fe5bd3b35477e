// Runs the presets' shell scripts and upstream's with the same stand-in for vLLM: both must call it alike.
import assert from "node:assert/strict";
import { isList, isMap } from "../../src/kube/json_shape.ts";
import type { Json, JsonObject } from "../../src/kube/object.ts";
import { presetNamed } from "../../src/kube/presets/presets.ts";
import { renderSpec } from "../../src/kube/template.ts";
import { HAS_SAMPLES, sampleObjects, samplePaths } from "../unit/kube/presets/samples.ts";

const FAKES = {
  // Writes what it was called with, and what it would find in its environment.
  vllm: `#!/bin/sh
if [ "$1" = --version ]; then [ -n "$FAKE_VERSION" ] && echo "vLLM $FAKE_VERSION"; exit; fi
for word; do printf '<%s>\\n' "$word"; done
env | grep -E '^(NCCL|NVSHMEM|UCX)_' | sort
`,
  getent: `#!/bin/sh
[ -n "$FAKE_ADDRESS" ] && echo "$FAKE_ADDRESS $2"
`,
  sleep: "#!/bin/sh\n",
} as const;

/** The scripts in a spec, by where they stand. */
function scripts(value: Json | undefined, path = ""): [string, string][] {
  if (typeof value === "string") return /exec vllm/.test(value) ? [[path, value]] : [];
  if (isList(value)) return value.flatMap((item, index) => scripts(item, `${path}/${index}`));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => scripts(member, `${path}/${key}`));
}

const WORKLOADS: readonly JsonObject[] = [
  {
    parallelism: { tensor: 2, data: 16, dataLocal: 8, dataRPCPort: 6000, expert: true },
    template: { terminationGracePeriodSeconds: 90 },
    worker: { terminationGracePeriodSeconds: 10 },
    kvCacheOffloading: { cpu: "10Gi", secondary: [{ fileSystem: { emptyDir: {} } }] },
  },
  { parallelism: { dataLocal: 4 } },
];

function rendered(spec: JsonObject, workload: JsonObject, enableTLS: boolean) {
  const result = renderSpec(spec, {
    objectMeta: { name: "chat", namespace: "search" },
    spec: { model: { uri: "hf://a/b", name: "org/b" }, ...workload, prefill: workload },
    globalConfig: {
      systemNamespace: "kserve",
      ingressGatewayName: "gate",
      ingressGatewayNamespace: "edge",
      enableTLS,
      modelBasedRoutingHeaderName: "X-Model",
      inferencePoolNamespacedName: "search/pool",
    },
  });
  assert.ok(result.problem === undefined, result.problem);
  return scripts(result.spec);
}

const NEWEST = { FAKE_VERSION: "0.26.1", FAKE_ADDRESS: "10.0.0.7", LWS_LEADER_ADDRESS: "leader" };

const ENVIRONMENTS: readonly (readonly [Record<string, string>, readonly string[]])[] = [
  [NEWEST, []],
  [{ ...NEWEST, FAKE_VERSION: "" }, ["--max-num-seqs", "64"]],
  [{ ...NEWEST, FAKE_VERSION: "0.15.1" }, []],
  [{ ...NEWEST, FAKE_VERSION: "0.17.0rc1" }, []],
  [{ ...NEWEST, FAKE_VERSION: "0.21.3.dev4+g1" }, []],
  [{ ...NEWEST, VLLM_ADDITIONAL_ARGS: "--kv-transfer-config '{\"a\": 1}' --x" }, ["--y=1"]],
  [NEWEST, ["--kv_transfer_config", "{}"]],
  [{ ...NEWEST, FAKE_ADDRESS: "", DP_ADDRESS_RESOLVE_ATTEMPTS: "2", LWS_WORKER_INDEX: "3" }, []],
  [{ ...NEWEST, VLLM_API_SERVER_COUNT: "2", KSERVE_INFER_ROCE: "true" }, []],
  [{ ...NEWEST, KSERVE_INFER_ROCE: "true", NCCL_IB_GID_INDEX: "5", NCCL_IB_HCA: "mine" }, []],
  [{ ...NEWEST, KSERVE_INFER_ROCE: "true", KSERVE_INFER_IB_GID_INDEX_GREP: "RoCE v1" }, []],
];

/** Cards with ports; each GID with its type and its address. */
async function makeCards(root: string): Promise<void> {
  const v4 = "0000:0000:0000:0000:0000:ffff:0a00:0001";
  const v6 = "fe80:0000:0000:0000:0000:0000:0000:0001";
  const cards = {
    mlx5_0: ["ACTIVE", [["RoCE v1", v4], ["RoCE v2", v6], ["IB/RoCE v1", v4], ["RoCE v2", v4]]],
    mlx5_1: ["ACTIVE", [["RoCE v1", v6], ["RoCE v2", v4]]],
    mlx5_2: ["DOWN", [["RoCE v2", v4]]],
    mlx5_3: ["ACTIVE", [["InfiniBand", v6]]],
  } as const;
  for (const [card, [state, gids]] of Object.entries(cards)) {
    const port = `${root}/${card}/ports/1`;
    await Deno.mkdir(`${port}/gids`, { recursive: true });
    await Deno.mkdir(`${port}/gid_attrs/types`, { recursive: true });
    await Deno.writeTextFile(`${port}/state`, `4: ${state}\n`);
    for (const [index, [type, address]] of gids.entries()) {
      await Deno.writeTextFile(`${port}/gid_attrs/types/${index}`, `${type}\n`);
      await Deno.writeTextFile(`${port}/gids/${index}`, `${address}\n`);
    }
  }
}

/** What vLLM's stand-in says at the end. */
async function run(
  script: string,
  folder: string,
  environment: Record<string, string>,
  args: readonly string[],
): Promise<string> {
  await Deno.writeTextFile(
    `${folder}/script`,
    script.replaceAll("/sys/class/infiniband", `${folder}/cards`)
      .replaceAll("/proc/driver", `${folder}/driver`),
  );
  const output = await new Deno.Command("sh", {
    // As the kubelet runs `/bin/bash -c SCRIPT --`.
    args: ["-c", 'exec bash -c "$(cat "$FOLDER/script")" -- "$@"', "sh", ...args],
    env: { ...environment, FOLDER: folder, PATH: `${folder}/bin:${Deno.env.get("PATH")}` },
    clearEnv: true,
  }).output();
  const text = new TextDecoder().decode(output.stdout);
  const begin = text.indexOf("<serve>");
  assert.ok(begin >= 0, `${text}\n${new TextDecoder().decode(output.stderr)}`);
  return text.slice(begin);
}

Deno.test({
  name: "the presets' scripts call vLLM as upstream's do",
  ignore: !HAS_SAMPLES,
  async fn(t) {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/bin`);
      for (const [name, text] of Object.entries(FAKES)) {
        await Deno.writeTextFile(`${folder}/bin/${name}`, text, { mode: 0o755 });
      }
      await makeCards(`${folder}/cards`);
      for (const path of samplePaths("presets")) {
        const [theirs] = sampleObjects(path);
        const name = theirs!.metadata.name;
        await t.step(
          name,
          () => compare(theirs!.spec ?? {}, presetNamed(name)?.spec ?? {}, folder),
        );
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function compare(theirs: JsonObject, ours: JsonObject, folder: string): Promise<void> {
  for (const [index, workload] of WORKLOADS.entries()) {
    const expected = rendered(theirs, workload, index === 0);
    const actual = rendered(ours, workload, index === 0);
    assert.deepEqual(actual.map(([path]) => path).sort(), expected.map(([path]) => path).sort());
    for (const [path, script] of expected) {
      if (!script.includes("vllm serve")) continue;
      const own = actual.find(([other]) => other === path)![1];
      for (const [environment, args] of index === 0 ? ENVIRONMENTS : ENVIRONMENTS.slice(0, 1)) {
        assert.equal(
          await run(own, folder, environment, args),
          await run(script, folder, environment, args),
          `${path} with ${JSON.stringify(environment)} ${args.join(" ")}`,
        );
      }
    }
  }
}
