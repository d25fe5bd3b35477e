import { testLibrary } from "./library.ts";

testLibrary("cold-start", {
  controls: {
    "without scaling ahead": "changes: []",
    "with a hub that is slower by three quarters":
      'faults: original.faults.map((fault) => ({ ...fault, bandwidth: "50MB/s" }))',
  },
});
