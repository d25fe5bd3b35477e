import { testLibrary } from "./library.ts";

testLibrary("gpu-xid", {
  controls: {
    "without remediation": "faults: [{ ...original.faults[0], remediation: false }]",
    "without a spare node": 'cluster: { nodes: [{ count: 2, gpus: "8xH100-SXM" }] }',
  },
});
