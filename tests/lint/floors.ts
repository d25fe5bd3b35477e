// The floors of `src` and the arrows between them, as data: the lint rules and their tests read it.

/** One folder of `src`, or one file at its top: what it may import, and whether it is pure. */
export interface Floor {
  readonly name: string;
  readonly mayImport: readonly string[];
  /** Single files it may import from floors that it may not. */
  readonly files: readonly string[];
  readonly pure: boolean;
  /** npm packages beside those of `COMMON_PACKAGES`. */
  readonly packages: readonly string[];
}

/** Files of a pure floor that touch the outside, by the beginning of their path in `src`. */
export interface EdgeFiles {
  readonly prefix: string;
  /** Floors that may import them; so may files of the same prefix. */
  readonly readers: readonly string[];
  /** Whether `import type` is open to every floor that may import this one. */
  readonly openTypes: boolean;
  readonly packages: readonly string[];
}

export const COMMON_PACKAGES: readonly string[] = ["zod"];

const BELOW_FLEET = ["sim", "metrics", "kube", "serving", "load"];
const BELOW_ROLLOUT = ["fleet", ...BELOW_FLEET];
const BELOW_SCENARIO = ["calibration", "rollout", "fault", "log", ...BELOW_ROLLOUT];
const BELOW_REPORT = ["scenario", "view", ...BELOW_SCENARIO];
const WIDTHS = ["fast-string-width", "string-width"];

export const FLOORS: readonly Floor[] = [
  pure("sim", [], ["pure-rand"]),
  pure("metrics", []),
  pure("kube", []),
  pure("serving", ["sim", "metrics"]),
  pure("load", ["sim"], ["d3-random"]),
  pure("fleet", BELOW_FLEET),
  pure("calibration", BELOW_ROLLOUT, ["d3-random", "ml-levenberg-marquardt"]),
  pure("rollout", BELOW_ROLLOUT),
  pure("fault", BELOW_ROLLOUT),
  pure("log", ["fleet", "metrics", "kube"]),
  pure("scenario", BELOW_SCENARIO),
  pure("view", ["fleet", "metrics", "kube"], ["ansis", ...WIDTHS]),
  pure("report", BELOW_REPORT, ["uplot", "vega", "vega-lite"]),
  edge("live", ["fleet", "kube", "metrics", "scenario", "log"], ["@kubernetes/client-node"]),
  edge("serve", ["fleet", "kube", "metrics", "scenario"]),
  edge("tui", ["view", "log"], ["ansis", ...WIDTHS]),
  edge("cli", ["report", "live", "serve", "tui", "yaml.ts", ...BELOW_REPORT], [
    "@commander-js/extra-typings",
    "ansis",
    "commander",
    "js-yaml",
    "yaml",
  ]),
  pure("yaml.ts", ["kube"], ["js-yaml", "yaml"]),
  { ...pure("mod.ts", ["scenario", ...BELOW_SCENARIO]), files: ["cli/scenario_main.ts"] },
];

export const EDGE_FILES: readonly EdgeFiles[] = [
  { prefix: "log/file", readers: ["cli", "live", "tui"], openTypes: false, packages: [] },
  {
    prefix: "kube/store",
    readers: ["cli", "live", "serve"],
    openTypes: true,
    packages: ["js-yaml", "yaml"],
  },
];

/** The floor of a path in `src`, by name (`sim/clock.ts` is on `sim`); the list may not have it. */
export function floorName(path: string): string {
  return path.split("/")[0] ?? path;
}

export function floorOf(path: string): Floor | undefined {
  const name = floorName(path);
  return FLOORS.find((floor) => floor.name === name);
}

export function edgeFilesOf(path: string): EdgeFiles | undefined {
  return EDGE_FILES.find((files) => path.startsWith(files.prefix));
}

export function isPure(path: string): boolean {
  return floorOf(path)?.pure === true && edgeFilesOf(path) === undefined;
}

function pure(name: string, mayImport: readonly string[], packages: readonly string[] = []): Floor {
  return { name, mayImport, files: [], pure: true, packages };
}

function edge(name: string, mayImport: readonly string[], packages: readonly string[] = []): Floor {
  return { ...pure(name, mayImport, packages), pure: false };
}
