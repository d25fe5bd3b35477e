import { testLibrary } from "./library.ts";

testLibrary("cost-optimization", {
  controls: {
    "on two A100s": `cluster: {
      ...original.cluster,
      nodes: [{ count: 1, gpus: "2xA100-SXM-80GB" }],
    }`,
    "on six H100s": `cluster: { ...original.cluster, nodes: [{ count: 1, gpus: "6xH100-SXM" }] },
    services: [{
      ...original.services[0],
      spec: { ...original.services[0].spec, replicas: 6 },
    }]`,
  },
});
