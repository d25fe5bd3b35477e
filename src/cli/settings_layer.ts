// What one source of settings says, and the sentences about it; the layers over each other are settings.

/** The process's environment, or what may be read of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingValue {
  readonly value: unknown;
  readonly origin: string;
  /** Where the value, or a part of it by its path, stands to the column; without it as `origin`. */
  readonly place?: (part?: string | number) => string;
}

export interface SettingsLayer {
  /** By key; the origin is for people: `flag --mode`, `environment MTOP_MODE`, `config.yaml:3`. */
  readonly values: ReadonlyMap<string, SettingValue>;
  /** Why it cannot be used, a sentence each. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}
