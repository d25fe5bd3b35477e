// The lint plugin `mtop`: the laws of the house that a linter can hold.
import { arrows } from "./arrows.ts";
import { complexity } from "./complexity.ts";
import { importOrder } from "./import_order.ts";
import { pureFloors } from "./pure_floors.ts";

const plugin: Deno.lint.Plugin = {
  name: "mtop",
  rules: { arrows, complexity, "import-order": importOrder, "pure-floors": pureFloors },
};

export default plugin;
