// Writes to a store as a process of its own: BASE STATE NAME COUNT, or for ever with COUNT "endless".
import { openStore } from "../../src/kube/store_overlay.ts";

const [base = "", stateDir = "", name = "", count = "0"] = Deno.args;
const store = await openStore({ base, stateDir });
const end = count === "endless" ? Infinity : Number(count);
for (let index = 0; index < end; index++) {
  try {
    store.create({
      apiVersion: "serving.kserve.io/v1alpha2",
      kind: "LLMInferenceService",
      metadata: { name: `${name}-${index}` },
      spec: { model: { uri: "hf://a/b" }, annotations: { padding: "x".repeat(20_000) } },
    });
    console.log(`created ${index}`);
  } catch (error) {
    console.log((error as Error).message);
  }
}
