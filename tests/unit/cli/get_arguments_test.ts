import assert from "node:assert/strict";
import { parseArguments } from "../../../src/cli/get_arguments.ts";

const SERVICES = ["gpt2", "granite-8b", "pod"];

function parse(...words: string[]): string[] {
  return parseArguments(words, () => SERVICES).map(({ resource, name }) => {
    return name === undefined ? resource.kind : `${resource.kind}/${name}`;
  });
}

Deno.test("parseArguments() understands kubectl's forms", () => {
  assert.deepEqual(parse("po"), ["Pod"]);
  assert.deepEqual(parse("deployments.apps", "a", "b"), ["Deployment/a", "Deployment/b"]);
  assert.deepEqual(parse("pods,nodes"), ["Pod", "Node"]);
  assert.deepEqual(parse("pod/a", "no/b"), ["Pod/a", "Node/b"]);
  assert.deepEqual(parse("all"), ["Pod", "Service", "Deployment"]);
});

Deno.test("parseArguments() takes one word that is no type for a service", () => {
  assert.deepEqual(parse("gpt2"), ["LLMInferenceService/gpt2"]);
  for (const word of ["nope", "llama", "gpt", "granite-8", "mode"]) {
    assert.deepEqual(parse(word), [`LLMInferenceService/${word}`]);
  }
  // A type is a type, also where a service has its name.
  assert.deepEqual(parse("pod"), ["Pod"]);
});

Deno.test("parseArguments() takes a mistyped type for one", () => {
  for (const word of ["llmservice", "pds", "deploymets", "nodess", "evnets", "llmisv"]) {
    assert.throws(() => parse(word), {
      message: `the server doesn't have a resource type "${word}"`,
    });
  }
});

Deno.test("parseArguments() refuses words that do not go together", () => {
  assert.throws(() => parse("pods", "pod/a"), {
    message: /^there is no need to specify a resource/,
  });
  assert.throws(() => parse("pod/a/b"), { message: /must have a single resource and name$/ });
  assert.throws(() => parse("pods,", "a"), { message: /resource type ""$/ });
});
