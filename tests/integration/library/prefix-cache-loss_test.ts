import { testLibrary } from "./library.ts";

testLibrary("prefix-cache-loss", {
  controls: {
    "when the picker crashes to the end":
      "faults: [{ ...original.faults[0], for: undefined, permanent: true }]",
    "without the crash": "faults: []",
    "when the pool fails closed": `services: [{
      ...original.services[0],
      spec: {
        ...original.services[0].spec,
        router: {
          ...original.services[0].spec.router,
          scheduler: { pool: { spec: { endpointPickerRef: { failureMode: "FailClose" } } } },
        },
      },
    }]`,
  },
});
