// The registry of words: each is exported, documented, planned and tested.
import assert from "node:assert/strict";
import * as mtop from "mtop";
import { FAULT_KINDS } from "../../../src/fault/faults.ts";
import { STEP_KINDS } from "../../../src/rollout/steps/steps.ts";
import { WORDS } from "../../../src/scenario/words.ts";

type Build = (...args: unknown[]) => unknown;
interface Made {
  readonly kind?: string;
  readonly act?: string;
}

const exported = mtop as unknown as Readonly<Record<string, unknown>>;

/** What `word` is among the exports, through `metric.` and `expect.`. */
function exportOf(word: string): unknown {
  return word.split(".").reduce<unknown>(
    (value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name],
    exported,
  );
}

/** What a builder makes, or what is made by the word that it defines. */
function madeBy(build: unknown): Made {
  const made = (build as Build)("x", {});
  return (typeof made === "function" ? (made as Build)("x", {}) : made) as Made;
}

for (const { family, word, kind, about } of WORDS) {
  Deno.test(`the word ${word} (${family}) is exported and documented`, () => {
    assert.equal(typeof exportOf(word), "function", `"mtop" exports no ${word}`);
    assert.match(about, /^\S.{10,}[^.]$/s, "a sentence without a full stop");
    if (kind === undefined) return;
    const made = madeBy(exportOf(word));
    assert.equal(made.act ?? made.kind, kind);
  });
}

Deno.test('every function that "mtop" exports is a word of the registry, once', () => {
  const words = WORDS.map(({ word }) => word);
  assert.deepEqual(words.filter((word, index) => words.indexOf(word) !== index), []);
  const functions = Object.keys(exported).filter((name) => typeof exported[name] === "function");
  assert.deepEqual(functions.filter((name) => !words.includes(name)), []);
});

const TESTS = ["fault", "rollout", "policies"].map((folder) =>
  new URL(`../${folder}/`, import.meta.url)
);

for (const { kind, plan } of [...FAULT_KINDS, ...STEP_KINDS]) {
  Deno.test(`${kind} has words for a plan and a test of its own`, async () => {
    assert.equal(typeof plan, "function");
    const files = TESTS.flatMap((folder) =>
      [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith("_test.ts"))
        .map(({ name }) => new URL(name, folder))
    );
    const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
    const { word } = WORDS.find((each) => each.kind === kind)!;
    const names = new RegExp(`"${kind}"|\\b${word}\\b`);
    assert.ok(texts.some((text) => names.test(text)), `no unit test names ${word}`);
  });
}
