// Names as Kubernetes and Knative make them: short enough, stable, and never twice.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  childName,
  nameOfChild,
  podOfReplicaSet,
  replicaSetName,
  servedService,
  templateHash,
  workloadLabels,
} from "../../../src/kube/names.ts";
import fc from "../../fast_check.ts";

/** No vowels, and no 0, 1 or 3: a suffix is no word, good or bad. */
const SUFFIX = /^[bcdfghjklmnpqrstvwxz2456789]+$/;

const serviceName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,100}[a-z0-9])?$/);

function podName(deployment: string, template: string, ordinal: number): string {
  return podOfReplicaSet(replicaSetName(deployment, template), ordinal);
}

Deno.test("childName() appends the suffix when the name stays within 63 characters", () => {
  assert.equal(childName("llama-3-70b", "-kserve"), "llama-3-70b-kserve");
  const longest = "a".repeat(56);
  assert.equal(childName(longest, "-kserve"), `${longest}-kserve`);
  assert.equal(nameOfChild("llama-3-70b", "main"), "llama-3-70b-kserve");
});

Deno.test("childName() cuts and hashes a longer parent as kmeta does", () => {
  const parent = "b".repeat(57);
  const hash = createHash("md5").update(parent).digest("hex");
  // 63 less 32 of hash less 7 of suffix leaves 24 of the parent.
  assert.equal(childName(parent, "-kserve"), `${"b".repeat(24)}${hash}-kserve`);
});

Deno.test("childName() is never longer than 63 characters, stable, and keeps its suffix", () => {
  const suffix = fc.constantFrom("-kserve", "-kserve-router-scheduler", "-inference-pool", "");
  fc.assert(fc.property(serviceName, suffix, (parent, suffix) => {
    const name = childName(parent, suffix);
    assert.ok(name.length <= 63);
    assert.ok(name.endsWith(suffix));
    assert.equal(childName(parent, suffix), name);
  }));
});

Deno.test("childName() tells long parents apart that differ only at the end", () => {
  const names = Array.from({ length: 50 }, (_, n) => childName("x".repeat(70) + n, "-kserve"));
  assert.equal(new Set(names).size, 50);
});

Deno.test("childName() stays within 63 characters when the suffix alone is longer", () => {
  fc.assert(fc.property(serviceName, fc.integer({ min: 20, max: 90 }), (parent, length) => {
    assert.ok(childName(parent, "s".repeat(length)).length <= 63);
  }));
});

Deno.test("templateHash() is ten characters of the suffix alphabet, set by the template alone", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
    assert.match(templateHash(a), SUFFIX);
    assert.equal(templateHash(a).length, 10);
    assert.equal(templateHash(a) === templateHash(b), a === b);
  }));
});

Deno.test("podOfReplicaSet() is the Deployment, the template's hash and five characters", () => {
  const name = podName("llama-3-70b-kserve", "vllm:v1", 0);
  const [, hash, suffix] = /^llama-3-70b-kserve-(\w{10})-(\w{5})$/.exec(name) ?? [];
  assert.equal(hash, templateHash("llama-3-70b-kserve vllm:v1"));
  assert.match(suffix!, SUFFIX);
  assert.equal(podName("llama-3-70b-kserve", "vllm:v1", 0), name);
});

Deno.test("podOfReplicaSet() never repeats, however many pods a Deployment has had", () => {
  for (const [service, image] of [["llama-3-70b", "vllm:v1"], ["a", "b"]] as const) {
    const names = new Set<string>();
    for (let ordinal = 0; ordinal < 20_000; ordinal++) {
      const name = podName(nameOfChild(service, "main"), image, ordinal);
      assert.ok(!names.has(name), `pod ${ordinal} is ${name} again`);
      assert.match(name.slice(-5), SUFFIX);
      names.add(name);
    }
  }
});

Deno.test("podOfReplicaSet() has a name for each of the 27^5 suffixes", () => {
  const suffix = (ordinal: number) => podName("llama-3-70b-kserve", "vllm:v1", ordinal).slice(-5);
  // A cycle that is shorter is shorter by a factor of 3.
  assert.notEqual(suffix(27 ** 5 / 3), suffix(0));
  assert.equal(suffix(27 ** 5), suffix(0));
});

Deno.test("podOfReplicaSet() looks random: neighbours differ in more than their last character", () => {
  const suffix = (ordinal: number) => podName("llama-3-70b-kserve", "vllm:v1", ordinal).slice(-5);
  for (let ordinal = 0; ordinal < 1000; ordinal++) {
    const [one, next] = [suffix(ordinal), suffix(ordinal + 1)];
    const different = [...one].filter((letter, at) => letter !== next[at]).length;
    assert.ok(different >= 2, `${one} and ${next}`);
  }
});

Deno.test("podOfReplicaSet() differs between services and between templates", () => {
  const name = podName("a-kserve", "vllm:v1", 3);
  assert.notEqual(podName("b-kserve", "vllm:v1", 3).slice(-5), name.slice(-5));
  assert.notEqual(podName("a-kserve", "vllm:v2", 3).slice(-5), name.slice(-5));
});

Deno.test("workloadLabels() are the labels that KServe's selectors ask for", () => {
  const labels = workloadLabels("llama-3-70b", "both");
  assert.equal(labels["app.kubernetes.io/name"], "llama-3-70b");
  assert.equal(labels["app.kubernetes.io/part-of"], "llminferenceservice");
  assert.equal(labels["app.kubernetes.io/component"], "llminferenceservice-workload");
  assert.equal(labels["kserve.io/component"], "workload");
  assert.equal(labels["llm-d.ai/role"], "both");
});

Deno.test("childName() hashes the parent, and where there is no room beside the hash the whole", () => {
  const parent = "a".repeat(60);
  const hash = createHash("md5").update(parent).digest("hex");
  assert.equal(childName(parent, "-epp-role"), `${"a".repeat(22)}${hash}-epp-role`);
  const suffix = `-${"b".repeat(40)}`;
  const whole = createHash("md5").update(parent + suffix).digest("hex");
  assert.equal(childName(parent, suffix), "a".repeat(31) + whole);
});

Deno.test("servedService() is that of the labels of model servers, and of nothing beside them", () => {
  for (const role of ["both", "decode", "prefill"] as const) {
    assert.equal(servedService(workloadLabels("chat", role)), "chat");
    assert.equal(servedService(workloadLabels("chat", role, "worker")), "chat");
  }
  for (const role of ["scheduler", "tokenizer"] as const) {
    assert.equal(servedService(workloadLabels("chat", role)), undefined);
  }
  assert.equal(servedService({ "app.kubernetes.io/name": "chat" }), undefined);
  assert.equal(servedService(undefined), undefined);
});
