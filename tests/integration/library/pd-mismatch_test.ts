import { testLibrary } from "./library.ts";

testLibrary("pd-mismatch", {
  controls: {
    "with three decode pods for each that prefills": `services: [{
      ...original.services[0],
      spec: {
        ...original.services[0].spec,
        replicas: 3,
        prefill: { ...original.services[0].spec.prefill, replicas: 1 },
      },
    }]`,
  },
});
