// Whether a report is one that Jenkins and GitLab read, in the judgement of libxml2.

import { ok } from "node:assert/strict";
import { validateXML } from "../xmllint.ts";
import { fromFileUrl } from "./root.ts";

/** Empty where the text is well-formed and valid. */
export async function schemaErrors(xml: string): Promise<readonly string[]> {
  const schema = await Deno.readTextFile(fromFileUrl("tests/integration/junit.xsd"));
  const { errors } = await validateXML({ xml: [{ fileName: "junit.xml", contents: xml }], schema });
  return errors.map(({ message }) => message);
}

export async function assertJunit(xml: string): Promise<void> {
  const errors = await schemaErrors(xml);
  ok(errors.length === 0, `${errors.join("\n")}\n${xml}`);
}
