// `-o`: the formats of objects, and kubectl's words for one that there is not.

import type { Json, KubeObject } from "../kube/object.ts";
import { qualifiedSingular, resourceOf } from "../kube/resources.ts";
import { CliError } from "./exit.ts";

/** What `-o` asks for; a table is what there is without it. */
export type Output =
  | { readonly format: "table" | "wide" | "json" | "yaml" | "name" }
  | {
    readonly format: "jsonpath" | "jsonpath-as-json" | "custom-columns";
    readonly template: string;
  };

const FORMATS = [
  ...["custom-columns", "custom-columns-file", "go-template", "go-template-file", "json"],
  ...["jsonpath", "jsonpath-as-json", "jsonpath-file", "name", "template", "templatefile"],
  ...["wide", "yaml"],
];

/** Formats of kubectl's that mtop does without, and what to use instead. */
const NOT_HERE: Readonly<Record<string, string>> = {
  "custom-columns-file": "custom-columns=NAME:.metadata.name,…",
  "go-template": "jsonpath={.items[*].metadata.name}",
  "go-template-file": "jsonpath={.items[*].metadata.name}",
  "jsonpath-file": "jsonpath={.items[*].metadata.name}",
  template: "jsonpath={.items[*].metadata.name}",
  templatefile: "jsonpath={.items[*].metadata.name}",
};

/** Reads `-o`; `allowed` are the formats of a command that has not all of them. */
export function parseOutput(text: string | undefined, allowed = FORMATS): Output {
  // `-o=wide` is how kubectl's users write it, too.
  const [, format = "", , template = ""] = /^=?([^=]*)(=(.*))?$/s.exec(text ?? "") ?? [];
  if (format === "" && template === "") return { format: "table" };
  if (!allowed.includes(format)) {
    throw new CliError(
      `unable to match a printer suitable for the output format "${text}", ` +
        `allowed formats are: ${allowed.join(",")}`,
    );
  }
  const instead = NOT_HERE[format];
  if (instead !== undefined) {
    throw new CliError(`Cannot print with ${format}: mtop has none, use -o '${instead}'`);
  }
  switch (format) {
    case "jsonpath":
    case "jsonpath-as-json":
      if (template === "") throw new CliError("template format specified but no template given");
      return { format, template };
    case "custom-columns":
      return { format, template };
    default:
      return { format: format as "wide" | "json" | "yaml" | "name" };
  }
}

/** One object, or a list of them as kubectl makes it. */
export type Printed = { readonly object: KubeObject } | { readonly items: readonly KubeObject[] };

/** The text of objects in any format but a table. */
export async function formatObjects(
  output: Output,
  printed: Printed,
  headers = true,
): Promise<string> {
  const items = "object" in printed ? [printed.object] : printed.items;
  switch (output.format) {
    case "json": {
      const { goJson } = await import("../view/go_value.ts");
      return `${goJson(data(printed), "    ")}\n`;
    }
    case "yaml": {
      const { yamlText } = await import("../view/yaml_text.ts");
      return yamlText(data(printed));
    }
    case "name":
      return items.map((item) => `${objectName(item)}\n`).join("");
    case "jsonpath":
    case "jsonpath-as-json":
      return await jsonPathText(output.format, output.template, data(printed));
    case "custom-columns":
      return await customColumnsText(output.template, items, headers);
    default:
      throw new Error(`A table is not made here`);
  }
}

function data(printed: Printed): Json {
  const value = "object" in printed ? printed.object : {
    apiVersion: "v1",
    items: printed.items,
    kind: "List",
    metadata: { resourceVersion: "" },
  };
  return value as unknown as Json;
}

/** `pod/NAME`, `llminferenceservice.serving.kserve.io/NAME`. */
function objectName(object: KubeObject): string {
  const resource = resourceOf(object);
  const type = resource === undefined ? object.kind.toLowerCase() : qualifiedSingular(resource);
  return `${type}/${object.metadata.name}`;
}

async function jsonPathText(
  format: "jsonpath" | "jsonpath-as-json",
  template: string,
  value: Json,
): Promise<string> {
  const [{ JsonPath, JsonPathError }, { goJson }] = await Promise.all([
    import("../view/jsonpath.ts"),
    import("../view/go_value.ts"),
  ]);
  const path = parsed(() => new JsonPath(template), JsonPathError, (message) => {
    return `error parsing jsonpath ${template}, ${message}`;
  });
  return parsed(
    () => {
      if (format === "jsonpath") return path.print(value);
      return path.find(value).map((found) => `${goJson(found, "    ")}\n`).join("");
    },
    JsonPathError,
    (message) => {
      return `error executing jsonpath ${JSON.stringify(template)}: ` +
        `Error executing template: ${message}.`;
    },
  );
}

async function customColumnsText(
  specification: string,
  items: readonly KubeObject[],
  headers: boolean,
): Promise<string> {
  const [{ CustomColumnsError, customColumnsTable, parseCustomColumns }, { JsonPathError }] =
    await Promise.all([import("../view/custom_columns.ts"), import("../view/jsonpath.ts")]);
  const asIs = (message: string) => message;
  const columns = parsed(
    () => parsed(() => parseCustomColumns(specification), CustomColumnsError, asIs),
    JsonPathError,
    asIs,
  );
  const values = items as unknown as readonly Json[];
  const lines = parsed(() => customColumnsTable(columns, values, headers), JsonPathError, asIs);
  return lines.map((line) => `${line}\n`).join("");
}

/** What `make` makes; errors of the given class become the user's, in `words`. */
export function parsed<T>(
  make: () => T,
  errors: new (message: string) => Error,
  words: (message: string) => string,
): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof errors) throw new CliError(words(error.message));
    throw error;
  }
}
