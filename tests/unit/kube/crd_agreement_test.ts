// Our schema and our rules say of any manifest what KServe's own CRD says of it, field by field.
import assert from "node:assert/strict";
import { isRecord } from "../../../src/kube/fields.ts";
import { withoutNulls } from "../../../src/kube/manifest.ts";
import { kserveSchema, type Version } from "../../../src/kube/schema/kserve.ts";
import { celCauses } from "../../../src/kube/validate_cel.ts";
import { fieldPath, unknownFields } from "../../../src/kube/validate_schema.ts";
import fc from "../../fast_check.ts";
import { isPresent } from "../serving/shared_data.ts";
import { BROKEN, UNBREAKABLE } from "./crd/broken_rules.ts";
import { documentOf, fieldsOf, triedOn } from "./crd/fields.ts";
import { generated } from "./crd/generate.ts";
import { mangled, pick, randomOf } from "./crd/mangle.ts";
import { judge, type Schema, type Verdict } from "./crd/openapi.ts";
import {
  configSchema,
  CRD,
  crdSchemas,
  ofKserve,
  samples,
  statusFragments,
} from "./crd/samples.ts";

type Document = Record<string, unknown>;

const ignore = !isPresent(CRD);
const schemas: ReadonlyMap<string, Schema> = ignore ? new Map() : crdSchemas();
const configSchemas = new Map([...schemas].map(([name, schema]) => [name, configSchema(schema)]));
const documents = ignore ? [] : samples().filter(ofKserve).map(({ document }) => document);
const VERSIONS: readonly Version[] = ["v1alpha1", "v1alpha2"];

/** What ours finds, in the form of the other's verdict. */
function ours(
  { metadata: _, ...document }: Document,
  version: Version,
  isConfig: boolean,
): Verdict {
  const whole = withoutNulls(document) as Document;
  const issues = kserveSchema(version, isConfig).safeParse(whole).error?.issues ?? [];
  const wrong = new Set<string>();
  const rules = new Set<string>();
  for (const { code, path, message, ...issue } of issues) {
    if (code === "unrecognized_keys") continue;
    const isRule = (issue as { params?: { rule?: boolean } }).params?.rule === true;
    if (isRule) rules.add(`${fieldPath(path)}: ${message}`);
    else wrong.add(fieldPath(path));
  }
  const { spec } = whole;
  if (wrong.size === 0) {
    for (const cause of celCauses((spec ?? {}) as Document)) {
      rules.add(cause.replace('Invalid value: "object": ', ""));
    }
  }
  const unknown = unknownFields(issues).map((path) => fieldPath(path));
  return {
    unknown: unknown.sort(),
    wrong: [...wrong].sort(),
    rules: wrong.size === 0 ? [...rules].sort() : [],
  };
}

function assertSame(document: Document, version: Version, isConfig = false): Verdict {
  const theirs = judge((isConfig ? configSchemas : schemas).get(version)!, document);
  const found = ours(document, version, isConfig);
  if (JSON.stringify(found) === JSON.stringify(theirs)) return theirs;
  assert.deepEqual(found, theirs, JSON.stringify(document));
  throw new Error("They differ in the order of their fields alone");
}

Deno.test({
  name: `The schema agrees with the CRD on every sample${CRD.skipped}`,
  ignore,
  fn() {
    assert.equal(documents.length, 40);
    for (const document of documents) {
      for (const version of VERSIONS) {
        assertSame(document, version);
        assertSame(document, version, true);
      }
    }
  },
});

Deno.test({
  name:
    `The schema agrees with the CRD on each of its fields, right, wrong and at its limits${CRD.skipped}`,
  ignore,
  fn() {
    const seen = new Set<string>();
    let count = 0;
    for (const version of VERSIONS) {
      for (const { path, schema } of fieldsOf(schemas.get(version)!, seen)) {
        if (path[0] === "metadata") continue;
        for (const value of triedOn(schema)) assertSame(documentOf(path, value), version);
        count++;
      }
    }
    assert.ok(count > 900, `${count}`);
    for (const { path, schema } of fieldsOf(configSchemas.get("v1alpha2")!, new Set())) {
      if (path[0] === "metadata") continue;
      for (const value of triedOn(schema)) assertSame(documentOf(path, value), "v1alpha2", true);
    }
  },
});

Deno.test({
  name: `The schema agrees with the CRD on samples with something wrong in them${CRD.skipped}`,
  ignore,
  fn() {
    let refused = 0;
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...VERSIONS), (seed, version) => {
        const random = randomOf(seed);
        const document = mangled(pick(documents, random), random);
        if (!isRecord(document)) return;
        const { unknown, wrong, rules } = assertSame(document, version);
        if (unknown.length + wrong.length + rules.length > 0) refused++;
      }),
      { numRuns: 2000 },
    );
    assert.ok(refused > 1000, `${refused}`);
  },
});

Deno.test({
  name: `The schema agrees with the CRD on documents made out of it${CRD.skipped}`,
  ignore,
  fn() {
    const seen = { unknown: 0, wrong: 0, good: 0 };
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...VERSIONS), (seed, version) => {
        const document = generated(schemas.get(version)!, randomOf(seed));
        if (!isRecord(document)) return;
        const { unknown, wrong } = assertSame(document, version);
        if (unknown.length > 0) seen.unknown++;
        if (wrong.length > 0) seen.wrong++;
        if (wrong.length === 0) seen.good++;
      }),
      { numRuns: 1000 },
    );
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 20, `${what}: ${count}`);
  },
});

/** Where the rules of several fields are. */
const RULED = [
  ["spec", "scaling"],
  ["spec", "prefill", "scaling"],
  ["spec", "router", "route", "http", "spec"],
  ["spec", "router", "scheduler", "pool", "spec"],
  ["status", "router", "group"],
];

Deno.test({
  name:
    `The schema agrees with the CRD on rules of several fields in documents made out of it${CRD.skipped}`,
  ignore,
  fn() {
    const broken = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...RULED), (seed, path) => {
        const whole = schemas.get("v1alpha2")!;
        const own = path.reduce((schema, name) => schema.properties![name]!, whole);
        const document = documentOf(path, generated(own, randomOf(seed), -4));
        const { rules } = assertSame(document, "v1alpha2");
        for (const rule of rules) broken.add(rule.replace(/^\S+: /, ""));
      }),
      { numRuns: 1000 },
    );
    assert.ok(broken.size > 5, `${broken.size}`);
  },
});

Deno.test({
  name: `The schema has every rule of several fields that the CRD has${CRD.skipped}`,
  ignore,
  fn() {
    const whole = schemas.get("v1alpha2")!;
    const broken = new Set(BROKEN.flatMap(([path, value]) => {
      const { wrong, rules } = assertSame(documentOf(path.split("."), value), "v1alpha2");
      assert.deepEqual(wrong, [], JSON.stringify(value));
      return rules.map((rule) => rule.slice(rule.indexOf(": ") + 2));
    }));
    const all = new Set(
      [whole, ...[...fieldsOf(whole, new Set())].map(({ schema }) => schema)]
        .flatMap((schema) => schema["x-kubernetes-validations"] ?? [])
        .map(({ message }) => message),
    );
    assert.deepEqual(
      [...all].filter((message) => !broken.has(message)).sort(),
      UNBREAKABLE,
    );
  },
});

Deno.test({
  name: `The schema agrees with the CRD on the statuses of KServe's documentation${CRD.skipped}`,
  ignore,
  fn() {
    const fragments = statusFragments();
    assert.equal(fragments.length, 8);
    for (const fragment of fragments) {
      for (const version of VERSIONS) assertSame(fragment, version);
    }
  },
});
