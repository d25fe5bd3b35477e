// The outcomes of a sweep in SQLite: each run once, whatever happens to the process that writes.

import { DatabaseSync } from "node:sqlite";
import { CliError } from "./exit.ts";

/** `mtop` in ASCII: whose file this is (https://www.sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x6d746f70;
/** Of the tables below. */
const SCHEMA_VERSION = 1;
/** How long a writer waits for another, in ms. */
const BUSY_MS = 10_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS scenarios (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    vary TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS runs (
    scenario TEXT NOT NULL,
    seed INTEGER NOT NULL,
    engine TEXT NOT NULL,
    log TEXT NOT NULL,
    events INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    expectations INTEGER NOT NULL,
    calibration TEXT NOT NULL,
    prices TEXT NOT NULL,
    PRIMARY KEY (scenario, seed, engine)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS figures (
    scenario TEXT NOT NULL,
    seed INTEGER NOT NULL,
    engine TEXT NOT NULL,
    service TEXT NOT NULL,
    figure TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (scenario, seed, engine, service, figure)
  ) WITHOUT ROWID;
`;

/** What tells a run from all others. */
export interface RunKey {
  /** The hash of the scenario. */
  readonly scenario: string;
  readonly seed: number;
  /** The version of mtop that simulated it. */
  readonly engine: string;
}

export interface StoredRun extends RunKey {
  /** The hash of its log. */
  readonly log: string;
  readonly events: number;
  /** Expectations that held, of all. */
  readonly passed: number;
  readonly expectations: number;
  /** By service. */
  readonly calibration: Readonly<Record<string, string>>;
  /** What a GPU-hour cost by the user's settings when it ran. */
  readonly prices: Readonly<Record<string, number>>;
  /** By service, then by the figure's key; null is unknown. */
  readonly figures: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

export class SweepStore implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Opens or makes the file; `undefined` keeps all in memory. Throws a `CliError` in a sentence. */
  static open(path: string | undefined): SweepStore {
    try {
      const database = new DatabaseSync(path ?? ":memory:");
      try {
        prepare(database);
        return new SweepStore(database);
      } catch (error) {
        database.close();
        throw error;
      }
    } catch (error) {
      if (error instanceof CliError) throw error;
      const message = (error as Error).message.split(":")[0];
      throw new CliError(`Cannot use "${path}" for outcomes: ${message}`);
    }
  }

  /** Notes what was varied to come to a scenario. */
  name(hash: string, name: string, vary: Readonly<Record<string, unknown>>): void {
    this.#database.prepare("INSERT OR IGNORE INTO scenarios (hash, name, vary) VALUES (?, ?, ?)")
      .run(hash, name, JSON.stringify(vary));
  }

  /** Keeps a run, all of it or nothing; one that is there already stays as it is. */
  add(run: StoredRun): void {
    const { scenario, seed, engine } = run;
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const { changes } = this.#database.prepare(
        "INSERT OR IGNORE INTO runs (scenario, seed, engine, log, events, passed, expectations, " +
          "calibration, prices) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ).run(
        ...[scenario, seed, engine, run.log, run.events, run.passed, run.expectations],
        ...[JSON.stringify(run.calibration), JSON.stringify(run.prices)],
      );
      const figure = this.#database.prepare("INSERT INTO figures VALUES (?, ?, ?, ?, ?, ?)");
      for (const [service, figures] of Number(changes) === 0 ? [] : Object.entries(run.figures)) {
        for (const [key, value] of Object.entries(figures)) {
          figure.run(scenario, seed, engine, service, key, value);
        }
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** The seeds from 1 to `seeds` under which a scenario was run by this engine, in order. */
  runs(scenario: string, engine: string, seeds: number): StoredRun[] {
    const rows = this.#database.prepare(
      "SELECT * FROM runs WHERE scenario = ? AND engine = ? AND seed BETWEEN 1 AND ? ORDER BY seed",
    ).all(scenario, engine, seeds) as unknown as (RunKey & Record<string, never>)[];
    const figures = this.#database.prepare(
      "SELECT service, figure, value FROM figures WHERE scenario = ? AND seed = ? AND engine = ?",
    );
    return rows.map((row) => {
      const found = figures.all(scenario, row.seed, engine) as unknown as readonly FigureRow[];
      return {
        ...row,
        calibration: JSON.parse(row["calibration"]!),
        prices: JSON.parse(row["prices"]!),
        figures: byService(found),
      } as unknown as StoredRun;
    });
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

interface FigureRow {
  readonly service: string;
  readonly figure: string;
  readonly value: number | null;
}

function byService(rows: readonly FigureRow[]): StoredRun["figures"] {
  const services: Record<string, Record<string, number | null>> = {};
  for (const { service, figure, value } of rows) (services[service] ??= {})[figure] = value;
  return services;
}

/**
 * A write-ahead log, and a commit a run: a process that is killed leaves whole runs
 * (https://www.sqlite.org/wal.html; with `synchronous = NORMAL` only a power failure can cost the last).
 */
function prepare(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as {
    tables: number;
  };
  const number = (pragma: string) =>
    Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() as object)[0]);
  if (tables > 0 && number("application_id") !== APPLICATION_ID) {
    throw new CliError("Cannot keep outcomes there: --db names a database of another program");
  }
  if (tables > 0 && number("user_version") !== SCHEMA_VERSION) {
    throw new CliError("Cannot keep outcomes there: --db is of another version of mtop");
  }
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec(
    `BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}; ` +
      `PRAGMA user_version = ${SCHEMA_VERSION}; ${SCHEMA} COMMIT`,
  );
}
