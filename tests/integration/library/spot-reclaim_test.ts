import { testLibrary } from "./library.ts";

testLibrary("spot-reclaim", {
  controls: {
    "with the notice of Google Cloud": "cluster: { ...original.cluster, nodes: " +
      'original.cluster.nodes.map((node) => node.spot ? { ...node, spot: "gcp" } : node) }',
    "without new nodes": "faults: original.faults.map(({ replacedAfter: _, ...rest }) => rest)",
  },
});
