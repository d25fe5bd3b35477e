// Where the measured runs lie that are not part of the project: `../shared/data`, or `MTOP_DATA`.

const DEFAULT_FOLDER = "../shared/data";

export function dataFolder(): string {
  return Deno.env.get("MTOP_DATA") ?? DEFAULT_FOLDER;
}

/** Undefined where there is none, or no right to look. */
export function presentFolder(): string | undefined {
  const folder = dataFolder();
  try {
    Deno.statSync(`${folder}/measured`);
    return folder;
  } catch {
    return undefined;
  }
}

export function readMeasured(folder: string, path: string): string {
  return Deno.readTextFileSync(`${folder}/measured/${path}`);
}

/** Rows of a CSV file by the names in its first line; a field may be in double quotes. */
export function csvRows(text: string): Readonly<Record<string, string>>[] {
  const [head = "", ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(",");
  return lines.map((line) => {
    const cells = [...line.matchAll(/("([^"]*)"|[^,]*)(?:,|$)/g)]
      .map(([, plain = "", quoted]) => quoted ?? plain);
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ""]));
  });
}
