// Reads single fields of a Hugging Face config.json and collects what is wrong; it knows no model.

/** What is wrong with a config.json: which field, and one sentence. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** No published model has a field beyond this; it keeps products of three exact. */
const LARGEST = 1e9;

/**
 * The fields of one object, the first name that is there counting: families name the same thing
 * differently. A field that is needed and missing, or that is no number, becomes a problem and 1.
 */
export class ConfigFields {
  readonly problems: ConfigProblem[] = [];
  readonly #object: JsonObject;
  readonly #prefix: string;

  constructor(object: JsonObject, prefix = "") {
    this.#object = object;
    this.#prefix = prefix;
  }

  /** A whole number from 1 that must be there. */
  count(...names: string[]): number {
    const found = this.#find(names);
    if (found) return this.#whole(found, 1);
    this.refuse(names[0]!, "it is missing");
    return 1;
  }

  /** A whole number from `least`, or what stands for it where it is missing or null. */
  optional<Fallback extends number | undefined>(
    name: string,
    fallback: Fallback,
    least = 1,
  ): number | Fallback {
    const found = this.#find([name]);
    return found ? this.#whole(found, least) : fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#object[name] ?? fallback;
    if (typeof value === "boolean") return value;
    this.refuse(name, `${JSON.stringify(value)} is neither true nor false`);
    return fallback;
  }

  text(...names: string[]): string | undefined {
    const found = this.#find(names);
    if (!found || typeof found.value === "string") return found?.value as string | undefined;
    this.refuse(found.name, `${JSON.stringify(found.value)} is no text`);
    return undefined;
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#object[name];
    if (!Array.isArray(value)) return undefined;
    return value.filter((each) => typeof each === "string");
  }

  /** The whole numbers of a list; none where it is missing. */
  numbers(name: string): readonly number[] {
    const value = this.#object[name] ?? [];
    if (Array.isArray(value) && value.every((each) => Number.isInteger(each))) return value;
    this.refuse(name, "it is no list of whole numbers");
    return [];
  }

  /** A number above 0, or what stands for it where it is missing or null. */
  positive(name: string, fallback: number): number {
    const value = this.#object[name] ?? fallback;
    if (typeof value === "number" && value > 0 && value <= LARGEST) return value;
    this.refuse(name, `${JSON.stringify(value)} is no number above 0, at most ${LARGEST}`);
    return fallback;
  }

  object(name: string): JsonObject | undefined {
    const value = this.#object[name];
    return isJsonObject(value) ? value : undefined;
  }

  refuse(name: string, reason: string): void {
    const path = `${this.#prefix}${name}`;
    this.problems.push({ path, message: `Cannot read ${path} of the model's config: ${reason}` });
  }

  #find(names: readonly string[]): { name: string; value: unknown } | undefined {
    const name = names.find((each) => (this.#object[each] ?? undefined) !== undefined);
    return name === undefined ? undefined : { name, value: this.#object[name] };
  }

  #whole({ name, value }: { name: string; value: unknown }, least: number): number {
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= LARGEST) {
      return Number(value);
    }
    this.refuse(name, `${JSON.stringify(value)} is no whole number from ${least} to ${LARGEST}`);
    return 1;
  }
}
