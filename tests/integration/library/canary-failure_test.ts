import { testLibrary } from "./library.ts";

testLibrary("canary-failure", {
  controls: {
    "without the fault": "faults: []",
    "without the analysis": "rollouts: original.rollouts.map(({ analysis: _, ...rest }) => rest)",
  },
});
