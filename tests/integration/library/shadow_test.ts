import { testLibrary } from "./library.ts";

testLibrary("shadow", {
  controls: {
    "without the analysis": "rollouts: original.rollouts.map(({ analysis: _, ...rest }) => rest)",
    "with a configuration that keeps up":
      "rollouts: original.rollouts.map((each) => ({ ...each, to: { args: ['--max-num-seqs=64'] } }))",
  },
});
