import { testLibrary } from "./library.ts";

testLibrary("zone-loss", {
  controls: {
    "without retries": "load: original.load.map(({ retries: _, ...rest }) => rest)",
    "with all nodes in that zone":
      'cluster: { nodes: original.cluster.nodes.map((node) => ({ ...node, zone: "b" })) }',
  },
});
