// The names that a run knows, held against the whole schema that create and apply judge by.
import assert from "node:assert/strict";
import { z } from "zod";
import { unknownFields } from "../../../src/kube/known_fields.ts";
import { kserveSchema } from "../../../src/kube/schema/kserve.ts";

type Path = readonly string[];

/** The object of fields that a type is of, whether or not it is optional or in a list. */
function fieldsOf(type: unknown): Readonly<Record<string, unknown>> | undefined {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return fieldsOf(type.unwrap());
  if (type instanceof z.ZodArray) return fieldsOf(type.element);
  return type instanceof z.ZodObject && type.def.catchall instanceof z.ZodNever
    ? type.shape
    : undefined;
}

/** Of the object that has this value at a path: the names that may stand beside it. */
function knownAt(path: Path): readonly string[] | undefined {
  const object = path.reduceRight<unknown>((value, name) => ({ [name]: value }), { zz: 1 });
  const [found, ...others] = unknownFields(object);
  assert.deepEqual(others, []);
  if (!found) return undefined;
  assert.deepEqual(found.path, [...path, "zz"]);
  return found.known;
}

Deno.test("unknownFields() knows at each place the names that the CRD has there, or passes it over", () => {
  let compared = 0;
  const compare = (type: unknown, path: Path) => {
    const fields = fieldsOf(type);
    const known = knownAt(path);
    if (known === undefined) return;
    compared++;
    assert.ok(fields, `the CRD takes anything at ${path.join(".")}`);
    assert.deepEqual([...known].sort(), Object.keys(fields).sort(), path.join("."));
    for (const [name, below] of Object.entries(fields)) compare(below, [...path, name]);
  };
  compare(kserveSchema("v1alpha2"), []);
  assert.ok(compared > 50, `${compared}`);
});

Deno.test("unknownFields() finds what is misspelt, in lists too", () => {
  const container = {
    name: "main",
    resorces: {},
    env: [{ name: "A", valeu: "b" }],
    livenessProbe: { httpGet: { pat: "/" }, failureTreshold: 3 },
  };
  const spec = {
    replcas: 3,
    prefill: { paralelism: {} },
    template: { containers: [{ name: "first" }, container], nodeSelector: { anything: "x" } },
    router: { route: { http: { spec: { whatever: 1 } } }, scheduler: { tempalte: {} } },
  };
  assert.deepEqual(
    unknownFields({ metadata: { label: {}, labels: { any: "1" } }, spec }).map(({ path }) =>
      path.join(".")
    ),
    [
      "metadata.label",
      "spec.replcas",
      "spec.prefill.paralelism",
      "spec.template.containers.1.resorces",
      "spec.template.containers.1.env.0.valeu",
      "spec.template.containers.1.livenessProbe.httpGet.pat",
      "spec.template.containers.1.livenessProbe.failureTreshold",
      "spec.router.scheduler.tempalte",
    ],
  );
  for (const nothing of [null, undefined, 5, "text", [], { spec: "text" }]) {
    assert.deepEqual(unknownFields(nothing), []);
  }
});
