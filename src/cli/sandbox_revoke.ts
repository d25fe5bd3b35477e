// Evaluated in the sandbox after a scenario's files were loaded and before the first of them runs.

// The permission to read was for loading them; what runs has none.
Deno.permissions.revokeSync({ name: "read" });
