// The sizes of what is handed over, and the links it goes over.
import assert from "node:assert/strict";
import { findGpu } from "../../../src/serving/gpus.ts";
import {
  hostLink,
  kvBytesPerBlock,
  kvBytesPerBlockOfGpu,
  LINKS,
  networkLink,
  peerGigabytesPerSecond,
} from "../../../src/serving/links.ts";
import { findModel } from "../../../src/serving/models.ts";
import { transferUs } from "./formulas.ts";
import { DEEPSEEK } from "./step_batches.ts";

const LLAMA_70B = findModel(["meta-llama/llama-3.1-70b"])!;

Deno.test("kvBytesPerBlock() of Llama-3.1-70B is 16 tokens of 320 KiB, half of it in fp8", () => {
  // 2 · 80 layers · 8 heads · 128 · 2 bytes a token.
  assert.equal(kvBytesPerBlock(LLAMA_70B), 16 * 327_680);
  assert.equal(kvBytesPerBlock(LLAMA_70B, "fp8"), 16 * 163_840);
});

Deno.test("kvBytesPerBlockOfGpu() divides heads and layers, and repeats a head that is alone", () => {
  assert.equal(kvBytesPerBlockOfGpu(LLAMA_70B, 4), 4 * 327_680);
  assert.equal(kvBytesPerBlockOfGpu(LLAMA_70B, 16), 2 * 327_680);
  assert.equal(kvBytesPerBlockOfGpu(LLAMA_70B, 4, 2), 2 * 327_680);
  // Latent attention: each GPU has the whole vector of 512 + 64.
  assert.equal(kvBytesPerBlockOfGpu(DEEPSEEK, 8), 16 * 61 * 576 * 2);
});

Deno.test("networkLink() and hostLink() are those of the GPU's generation", () => {
  const of = (name: string) => [networkLink(findGpu(name)!).name, hostLink(findGpu(name)!).name];
  assert.deepEqual(of("H100-SXM"), ["infiniband-ndr", "pcie-gen5-x16"]);
  assert.deepEqual(of("A100-SXM-80GB"), ["infiniband-hdr", "pcie-gen4-x16"]);
  assert.deepEqual(of("B200-SXM"), ["infiniband-xdr", "pcie-gen5-x16"]);
});

Deno.test("peerGigabytesPerSecond() is the datasheet's link, else the PCIe link to the host", () => {
  assert.equal(peerGigabytesPerSecond(findGpu("H100-SXM")!), 450);
  assert.equal(peerGigabytesPerSecond(findGpu("A30")!), 32);
});

Deno.test("transferUs() of 8,000 tokens of Llama-3.1-70B from four H100 is 13,118 µs over InfiniBand", () => {
  const bytes = 500 * kvBytesPerBlockOfGpu(LLAMA_70B, 4);
  // 655.36 MB a GPU at 50 GB/s is 13,107.2 µs, after 10.
  assert.equal(transferUs(LINKS["infiniband-ndr"], bytes), 13_118);
  assert.equal(transferUs(LINKS["infiniband-ndr"], 0), 10);
});
