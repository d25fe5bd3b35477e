import { testLibrary } from "./library.ts";

testLibrary("blue-green", {
  controls: {
    "without the analysis after the switch":
      "rollouts: original.rollouts.map(({ postPromotion: _, ...rest }) => rest)",
    "with a configuration that keeps up":
      "rollouts: original.rollouts.map((each) => ({ ...each, to: { args: ['--max-num-seqs=64'] } }))",
  },
});
