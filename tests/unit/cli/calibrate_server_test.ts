// The flags of `mtop calibrate` as the server that was measured.
import assert from "node:assert/strict";
import { measuredServer, type ServerOptions } from "../../../src/cli/calibrate_server.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { memoryStore, rig, service } from "./write_rig.ts";

function node(name: string, gpu: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "nvidia.com/gpu.product": gpu } },
    status: { capacity: { "nvidia.com/gpu": "8" } },
  } as unknown as KubeObject;
}

function serverOf(options: ServerOptions, ...objects: readonly KubeObject[]) {
  return measuredServer(options, rig({ store: memoryStore(...objects) }));
}

Deno.test("measuredServer() leaves what vLLM does by default out", async () => {
  const options = { model: "Qwen/Qwen3-8B", gpu: "h100-sxm", enablePrefixCaching: true };
  assert.deepEqual(await serverOf(options), {
    ...{ model: "Qwen/Qwen3-8B", gpu: "H100-SXM", tensorParallel: 1 },
  });
});

Deno.test("measuredServer() has each flag in vLLM's spelling", async () => {
  const server = await serverOf({
    model: "Qwen/Qwen3-30B-A3B",
    gpu: "H100-SXM",
    tensorParallelSize: "2",
    dataParallelSize: "2",
    enableExpertParallel: true,
    maxNumSeqs: "128",
    maxNumBatchedTokens: "2k",
    gpuMemoryUtilization: "0.85",
    maxModelLen: "16K",
    quantization: "fp8",
    kvCacheDtype: "fp8_e4m3",
    enablePrefixCaching: false,
    numGpuBlocks: "4000",
  });
  assert.deepEqual(server, {
    ...{ model: "Qwen/Qwen3-30B-A3B", gpu: "H100-SXM", tensorParallel: 2 },
    ...{ dataParallel: 2, expertParallel: true },
    ...{ maxNumSeqs: 128, maxNumBatchedTokens: 2000, gpuMemoryUtilization: 0.85 },
    ...{ maxModelLen: 16_384, quantization: "fp8", kvDtype: "fp8", prefixCaching: false },
    kvBlocks: 4000,
  });
});

Deno.test("measuredServer() takes a service's flags, and the one GPU of the cluster", async () => {
  const chat = service("chat", {
    model: { uri: "hf://Qwen/Qwen3-32B" },
    parallelism: { tensor: 2 },
    template: { containers: [{ name: "main", args: ["--max-num-seqs", "64"] }] },
  });
  const nodes = [node("a", "H100-SXM"), node("b", "H100-SXM")];
  const server = await serverOf({ service: "chat" }, chat, ...nodes);
  assert.deepEqual([server.gpu, server.tensorParallel, server.maxNumSeqs], ["H100-SXM", 2, 64]);
  await assert.rejects(
    serverOf({ service: "chat" }, chat, nodes[0]!, node("c", "L40S")),
    /Cannot tell which GPU was measured: add --gpu/,
  );
});

Deno.test("measuredServer() believes the blocks of the server's log", async () => {
  // Too large for one H100 with all of its context, by what mtop computes.
  const options = { model: "Qwen/Qwen3-32B", gpu: "H100-SXM" };
  await assert.rejects(serverOf(options), /would not start with these flags: ValueError: /);
  assert.equal((await serverOf({ ...options, numGpuBlocks: "2600" })).kvBlocks, 2600);
});

Deno.test("measuredServer() refuses what a calibration does not know", async () => {
  const args = (...args: string[]) =>
    service("chat", {
      model: { uri: "hf://Qwen/Qwen3-32B" },
      template: { containers: [{ name: "main", args }] },
    });
  const options = { service: "chat", gpu: "H200-SXM" };
  await assert.rejects(
    serverOf(options, args("--enable-lora", "--lora-modules", "a=/a")),
    /Cannot calibrate "chat": LoRA adapters are not part of a calibration yet/,
  );
  await assert.rejects(
    serverOf(options, args("--enforce-eager")),
    /--enforce-eager is not modelled/,
  );
});
