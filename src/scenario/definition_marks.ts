// The symbols under which own code travels with a scenario's data: no log and no hash sees them.

/** Of an entry: the definition that it refers to by name. */
export const DEFINITION = Symbol.for("mtop.definition");
/** Of a scenario: all definitions that it has. */
export const DEFINITIONS = Symbol.for("mtop.definitions");
