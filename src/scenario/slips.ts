// Slips in a manifest that an API server refuses, or that a run would pass over: fields, quantities, annotations.

import { BALANCING_ANNOTATION } from "../fleet/picker/balancing.ts";
import { isRecord } from "../kube/fields.ts";
import { unknownFields } from "../kube/known_fields.ts";
import { ACCEPTANCE_ANNOTATION, MODEL_ANNOTATION } from "../kube/llm_inference_service.ts";
import { parseQuantity } from "../kube/quantity.ts";
import { MODEL_CONFIG_ANNOTATION } from "./models.ts";
import { near, pathText, type Problem, suggestion } from "./problem.ts";
import { TO_ZERO_ANNOTATION } from "./scaling.ts";

/** What load the mock cluster's baseline sends to a service. */
export const RPS_ANNOTATION = "mtop.dev/rps";
export const PROMPT_ANNOTATION = "mtop.dev/prompt-tokens";
export const OUTPUT_ANNOTATION = "mtop.dev/output-tokens";

const DOMAIN = "mtop.dev/";

/** All that mtop reads, without their domain. */
const ANNOTATIONS = [
  MODEL_ANNOTATION,
  MODEL_CONFIG_ANNOTATION,
  ACCEPTANCE_ANNOTATION,
  BALANCING_ANNOTATION,
  TO_ZERO_ANNOTATION,
  RPS_ANNOTATION,
  PROMPT_ANNOTATION,
  OUTPUT_ANNOTATION,
].map((name) => name.slice(DOMAIN.length));

type Path = readonly PropertyKey[];

/** Of a service or a config as it is stored, which stands at this path of a scenario. */
export function slipsIn(object: unknown, at: Path): Problem[] {
  return [
    ...unknownFields(object).map(({ path, known }) => {
      const name = String(path.at(-1));
      const message = `Unknown field "${name}": ${suggestion(name, known)}`;
      return { path: pathText([...at, ...path]), message };
    }),
    ...misspeltAnnotations(object, at),
    ...wrongQuantities(isRecord(object) ? object["spec"] : undefined, [...at, "spec"]),
  ];
}

/** Names that are near to one that is read: others are somebody's notes. */
function misspeltAnnotations(object: unknown, at: Path): Problem[] {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  const annotations = isRecord(metadata) ? metadata["annotations"] : undefined;
  if (!isRecord(annotations)) return [];
  return Object.keys(annotations).flatMap((name) => {
    const word = name.startsWith(DOMAIN) ? name.slice(DOMAIN.length) : "";
    const meant = word === "" || ANNOTATIONS.includes(word) ? undefined : near(word, ANNOTATIONS);
    if (meant === undefined) return [];
    const path = `${pathText([...at, "metadata", "annotations"])}["${name}"]`;
    return [{ path, message: `Unknown annotation "${name}": did you mean "${DOMAIN}${meant}"?` }];
  });
}

/** Of the `resources` of all containers below; what a template writes is not known yet. */
function wrongQuantities(value: unknown, path: Path): Problem[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => wrongQuantities(item, [...path, index]));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    if (name !== "resources" || !isRecord(item)) return wrongQuantities(item, [...path, name]);
    return ["limits", "requests"].flatMap((which) => {
      const amounts = item[which];
      if (!isRecord(amounts)) return [];
      return Object.entries(amounts)
        .filter(([, amount]) => parseQuantity(amount) === undefined && !isTemplate(amount))
        .map(([resource, amount]) => ({
          path: pathText([...path, name, which, resource]),
          message: `Invalid quantity ${JSON.stringify(amount)}: write one such as 8, 500m or 32Gi`,
        }));
    });
  });
}

function isTemplate(amount: unknown): boolean {
  return typeof amount === "string" && amount.includes("{{");
}
