import { testLibrary } from "./library.ts";

const model = "{ ...each.spec.model, lora: { ...each.spec.model.lora, maxAdapters: 3 } }";

testLibrary("lora-thrash", {
  controls: {
    "with a slot for every adapter":
      `services: original.services.map((each) => ({ ...each, spec: { ...each.spec, model: ${model} } }))`,
    "with one tenant": "load: original.load.slice(0, 1)",
  },
});
