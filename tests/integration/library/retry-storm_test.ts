import { testLibrary } from "./library.ts";

testLibrary("retry-storm", {
  controls: {
    "without the turning away": "load: original.load.map(({ objective: _, ...load }) => load)",
    "without the spike": "load: original.load.map((load) => ({ ...load, peak: load.rps + 1 }))",
  },
});
