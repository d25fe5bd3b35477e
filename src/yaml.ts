// What a scenario imports as "mtop/yaml": manifests as they are. Apart from "mtop", for its parser.

import { load } from "js-yaml";

/**
 * One YAML document as data, such as a text import holds. Text that is not YAML comes back as
 * `{ problem }` and is refused with the rest of the scenario: builders never throw.
 */
export function yaml(text: string): unknown {
  try {
    return load(text);
  } catch (error) {
    const [reason = "this is not YAML"] = String((error as Error).message).split("\n");
    return { problem: `Cannot read the YAML: ${reason}` };
  }
}
