import { testLibrary } from "./library.ts";

testLibrary("noisy-neighbour", {
  controls: {
    "without the priorities": "load: original.load.map(({ objective: _, ...load }) => load)",
    "without the flood":
      'load: [original.load[0], { ...original.load[0], name: "batch", rps: 1, objective: -1 }]',
  },
});
