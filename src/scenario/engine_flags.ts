// The vLLM flags of a service, each read with the problem of what cannot be read; no meaning of theirs.

import { type LLMInferenceService } from "../kube/llm_inference_service.ts";
import { vllmFlags } from "../kube/vllm_flags.ts";
import { near, type Problem } from "./problem.ts";

/** The path of a field of the service that is read. */
export type At = (field: string) => string;

/** Where vLLM's flags stand in a service. */
const FLAGS_FIELD = "spec.template.containers";

/** A flag is a slip of another that is so many letters from it at most, and no shorter than that. */
const MAX_SLIPS = 2;
const MIN_MISSPELT = 8;

export class EngineFlags {
  /** Whatever was found wrong, here and by those who read from here. */
  readonly problems: Problem[] = [];
  readonly service: string;
  readonly #flags: ReadonlyMap<string, string | true>;
  readonly #at: At;
  /** Names that mtop knows, whether they are there or not. */
  readonly #asked = new Set<string>();

  constructor(service: LLMInferenceService, at: At) {
    this.service = service.metadata.name;
    this.#flags = vllmFlags(service);
    this.#at = at;
  }

  has(flag: string): boolean {
    return this.#get(flag) !== undefined;
  }

  /** Flags that nobody has asked for though they are nearly one that somebody did. */
  misspelt(): void {
    const asked = [...this.#asked].filter((flag) => flag.length >= MIN_MISSPELT);
    for (const flag of this.#flags.keys()) {
      if (this.#asked.has(flag) || flag.includes(".")) continue;
      const meant = near(flag, asked, MAX_SLIPS);
      if (meant !== undefined) this.#unreadable(flag, `did you mean --${meant}?`);
    }
  }

  /** Names of flags that begin so, without that. */
  under(prefix: string): string[] {
    return [...this.#flags.keys()].filter((flag) => flag.startsWith(prefix))
      .map((flag) => flag.slice(prefix.length));
  }

  /** The value as it stands; undefined for a flag that has none or is not there. */
  raw(flag: string): string | undefined {
    const value = this.#get(flag);
    return value === true ? undefined : value;
  }

  /** The value as it stands; a flag without one is a problem. */
  text(flag: string): string | undefined {
    const value = this.#get(flag);
    if (value !== true) return value;
    this.#unreadable(flag, "it has no value");
    return undefined;
  }

  /** A whole number from 1. */
  count(flag: string): number | undefined {
    return this.#number(flag, "a whole number from 1", (n) => Number.isSafeInteger(n) && n >= 1);
  }

  /** A whole number of tokens from 1, also as vLLM's `human_readable_int` has it: 1.5k, 32K, 1m. */
  tokens(flag: string): number | undefined {
    const [, digits = "", suffix = ""] =
      /^\s*([\d.]+)([kmgtKMGT])\s*$/.exec(this.raw(flag) ?? "") ?? [];
    if (suffix === "" || !/^\d+(\.\d+)?$/.test(digits)) return this.count(flag);
    const isBinary = suffix !== suffix.toLowerCase();
    if (isBinary && digits.includes(".")) {
      this.#unreadable(
        flag,
        `decimals are not allowed with binary suffixes like ${suffix}; ` +
          `did you mean ${digits}${suffix.toLowerCase()}?`,
      );
      return undefined;
    }
    const power = "kmgt".indexOf(suffix.toLowerCase()) + 1;
    const value = Math.floor(Number(digits) * (isBinary ? 1024 : 1000) ** power);
    if (Number.isSafeInteger(value) && value >= 1) return value;
    this.#unreadable(flag, `"${this.raw(flag)}" is not a whole number from 1`);
    return undefined;
  }

  /** Above 0. */
  size(flag: string): number | undefined {
    return this.#number(flag, "a number above 0", (n) => Number.isFinite(n) && n > 0);
  }

  /** Above 0, at most 1. */
  share(flag: string): number | undefined {
    return this.#number(flag, "a number above 0, at most 1", (n) => n > 0 && n <= 1);
  }

  /** One of a few words; another is not simulated. */
  oneOf<T extends string>(flag: string, known: readonly T[]): T | undefined {
    const text = this.text(flag);
    const found = known.find((each) => each === text);
    if (text !== undefined && found === undefined) {
      this.refuse(`--${flag} ${text} is not modelled; modelled are ${known.join(", ")}`);
    }
    return found;
  }

  /** The service cannot be simulated: a reason, and the field that gives it. */
  refuse(reason: string, field = FLAGS_FIELD): void {
    this.fail(`Cannot simulate "${this.service}": ${reason}`, field);
  }

  /** The server would not start: its own words, and the field that makes it say them. */
  fail(message: string, field = FLAGS_FIELD): void {
    this.problems.push({ path: this.#at(field), message });
  }

  #get(flag: string): string | true | undefined {
    this.#asked.add(flag);
    return this.#flags.get(flag);
  }

  #number(flag: string, range: string, valid: (value: number) => boolean): number | undefined {
    const text = this.text(flag);
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? NaN : Number(text);
    if (valid(value)) return value;
    this.#unreadable(flag, `"${text}" is not ${range}`);
    return undefined;
  }

  #unreadable(flag: string, reason: string): void {
    this.fail(`Cannot read --${flag} of "${this.service}": ${reason}`);
  }
}
