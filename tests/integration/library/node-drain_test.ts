import { testLibrary } from "./library.ts";

testLibrary("node-drain", {
  controls: {
    "without the budget": "cluster: { nodes: original.cluster.nodes }",
    "without the drain": "faults: []",
  },
});
