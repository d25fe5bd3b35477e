// What one source of settings says, and the sentences about it; the layers over each other are settings.

/** The process's environment, or what may be read of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingsLayer {
  /** By key; the origin is for people: `flag --mode`, `environment MTOP_MODE`, `config.yaml:3`. */
  readonly values: ReadonlyMap<string, { readonly value: unknown; readonly origin: string }>;
  /** Why it cannot be used, a sentence each. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}
