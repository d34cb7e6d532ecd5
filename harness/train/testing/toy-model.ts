// Moved to harness/check/toy; this name stays until the last test is told.
export * from "#harness/check/toy/model.ts";
