// Ten thousand manifests with something wrong in them, as data and as text: none is a fault of the
// program, and every refusal says where.
import assert from "node:assert/strict";
import { documentsOf, toManifest } from "../../../src/kube/manifest.ts";
import { parseYaml, YamlError } from "../../../src/kube/store_yaml.ts";
import { validateDocument } from "../../../src/kube/validate.ts";
import { plan } from "../../../src/scenario/plan.ts";
import fc from "../../fast_check.ts";
import { SERVICES } from "../mocks/mock_files.ts";
import { isPresent } from "../serving/shared_data.ts";
import { mangled, pick, pickIndex, randomOf } from "./crd/mangle.ts";
import { CRD, ofKserve, samples } from "./crd/samples.ts";

/** KServe's own where they are to be had, and always those that mtop comes with. */
const DOCUMENTS: readonly unknown[] = [
  ...SERVICES.map(({ value }) => value),
  ...(isPresent(CRD) ? samples().filter(ofKserve).map(({ document }) => document) : []),
];

/** `spec.a[0].b: Required value…`; the field of a strict decoder; or what keeps it from being read. */
const NAMES_A_FIELD = [
  /^[\w[\]./ -]+: (?:Invalid value|Required value|Unsupported value|Duplicate value|Forbidden|Too long|Too many)\b/,
  /unknown field "[^"]+"/,
  /^unable to decode "f": (?:it holds no object|Object '(?:Kind|apiVersion)' is missing)/,
  /^resource mapping not found for name: .* no matches for kind ".*" in version ".*"/,
  /^Cannot write the \w+ in "f": /,
];

function causesOf(text: string): string[] {
  const [head = "", ...rest] = text.split("\n* ");
  const causes = rest.length > 0 ? rest : [head];
  return causes.map((cause) => cause.replace(/^The \w+ ".*?" is invalid: /, ""));
}

Deno.test("validateDocument() names a field of each of 10,000 mangled manifests", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = randomOf(seed);
      const document = mangled(pick(DOCUMENTS, random), random);
      const validated = validateDocument(document, "f");
      if (!("refusals" in validated)) return;
      refused++;
      assert.notEqual(validated.refusals.length, 0);
      for (const cause of validated.refusals.flatMap(({ text }) => causesOf(text))) {
        assert.ok(NAMES_A_FIELD.some((form) => form.test(cause)), cause);
      }
    }),
    { numRuns: 10_000 },
  );
  assert.ok(refused > 5000, `${refused}`);
});

Deno.test("toManifest() and plan() take or refuse mangled manifests, and never fault", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = randomOf(seed);
      const document = mangled(pick(DOCUMENTS, random), random);
      const manifest = toManifest(document);
      if (manifest.problem !== undefined) assert.notEqual(manifest.problem, "");
      const planned = plan({
        kind: "scenario",
        name: "x",
        seed: 1,
        duration: "1m",
        services: [document],
      });
      if (!("problems" in planned)) return;
      for (const { path } of planned.problems) assert.equal(typeof path, "string");
    }),
    { numRuns: 1000 },
  );
});

/** What becomes of a text when a file is cut off, saved twice, or touched by a wrong key. */
const SPOILERS: readonly ((text: string, at: number, random: () => number) => string)[] = [
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(0, at) + text.slice(at + 1 + (at % 7)),
  (text, at, random) => text.slice(0, at) + pick(NOISE, random) + text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at - 40, at) + text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at).replace(/^ {2}/m, "\t"),
];

const NOISE = [":", "- ", "{", "]", "\t", '"', "'", "&a ", "*a ", "\n  ", "%", "\u0000", "? ", "|"];

Deno.test("parseYaml() says the line of what is no YAML, and the rest is judged", () => {
  let broken = 0;
  const texts = DOCUMENTS.map((document) => yamlOf(document));
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = randomOf(seed);
      const text = pick(texts, random);
      const spoiled = pick(SPOILERS, random)(
        text,
        40 + pickIndex(text.length - 40, random),
        random,
      );
      try {
        for (const document of parseYaml(spoiled).flatMap((one) => [...documentsOf(one)])) {
          validateDocument(document, "f");
        }
      } catch (error) {
        if (!(error instanceof YamlError)) throw error;
        broken++;
        assert.ok(error.line >= 1 && error.line <= spoiled.split("\n").length + 1, error.message);
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(broken > 300, `${broken}`);
});

/** Block style, as people write it. */
function yamlOf(value: unknown, indent = ""): string {
  if (typeof value !== "object" || value === null) return ` ${JSON.stringify(value)}\n`;
  if (Array.isArray(value)) {
    if (value.length === 0) return " []\n";
    return "\n" + value.map((item) => `${indent}-${yamlOf(item, `${indent}  `)}`).join("");
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return " {}\n";
  const lines = entries.map(([key, field]) =>
    `${indent}${JSON.stringify(key)}:${yamlOf(field, `${indent}  `)}`
  );
  return "\n" + lines.join("");
}
