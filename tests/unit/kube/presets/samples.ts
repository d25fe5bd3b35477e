// Manifests of upstream's repository, where they lie beside the project; tests of them are ignored elsewhere,
// and said to be.
import { loadAll } from "js-yaml";
import type { KubeObject } from "../../../../src/kube/object.ts";

const SAMPLES = new URL("../../../../../shared/samples/", import.meta.url);

export const HAS_SAMPLES = exists();
if (!HAS_SAMPLES) {
  console.log("SKIPPED: tests of KServe's samples: ../shared/samples cannot be read");
}

function exists(): boolean {
  try {
    return Deno.statSync(SAMPLES).isDirectory;
  } catch {
    return false;
  }
}

/** The objects of one file of the samples. */
export function sampleObjects(path: string): KubeObject[] {
  return (loadAll(Deno.readTextFileSync(new URL(path, SAMPLES))) as (KubeObject | null)[])
    .filter((object) => object !== null);
}

/** The YAML files below a folder of the samples, by path, in order. */
export function samplePaths(folder: string): string[] {
  const paths: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(new URL(`${folder}/`, SAMPLES))) {
    if (isDirectory) paths.push(...samplePaths(`${folder}/${name}`));
    else if (name.endsWith(".yaml")) paths.push(`${folder}/${name}`);
  }
  return paths.sort();
}
