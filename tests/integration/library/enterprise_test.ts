import { testLibrary } from "./library.ts";

testLibrary("enterprise", {
  controls: {
    "without retries": "load: original.load.map(({ retries: _, ...rest }) => rest)",
    "with all nodes in the zone that goes dark": "cluster: { ...original.cluster, nodes: " +
      'original.cluster.nodes.map((node) => ({ ...node, zone: "c" })) }',
  },
});
