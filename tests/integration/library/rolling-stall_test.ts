import { testLibrary } from "./library.ts";

testLibrary("rolling-stall", {
  controls: {
    "with GPUs to surge on": "cluster: { nodes: [{ count: 2, gpus: '2xA100-SXM-80GB' }] }",
    "without the rollback": "rollouts: original.rollouts.map(({ rollback: _, ...rest }) => rest)",
  },
});
