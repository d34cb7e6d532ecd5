// Exit codes of `bench`, in one place: documentation, help and commands read this table.

export const EXIT_CODES = {
  ok: { code: 0, meaning: "done; also when the run existed already and was shown" },
  internal: { code: 1, meaning: "a defect of Rankbench itself; please report it" },
  usage: { code: 2, meaning: "a wrong command line: unknown flag, method, task, engine, scale or seed" },
  config: { code: 3, meaning: "a method's or task's configuration was refused" },
  data: { code: 4, meaning: "data could not be had or is damaged: missing, wrong checksum, wrong encoding" },
  engine: { code: 5, meaning: "the engine asked for does not work on this machine" },
  storage: {
    code: 6,
    meaning: "a file or the database could not be written or read: full disk, read-only folder",
  },
  unsupported: { code: 7, meaning: "the method refuses this task, with its reason" },
  failed: {
    code: 8,
    meaning: "the run ended without a result: diverged, out of memory, timeout or crashed; it is recorded",
  },
  nonconforming: { code: 9, meaning: "a method failed a conformance check" },
  differs: { code: 10, meaning: "a repeated run is not bit-equal with the stored one (bench verify)" },
  refused: {
    code: 11,
    meaning: "a submission breaks a rule; each one is named with its place (bench submit)",
  },
  interrupted: { code: 130, meaning: "stopped by Ctrl-C (SIGINT) or SIGTERM; nothing half-written" },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitReason = keyof typeof EXIT_CODES;

export const exitCode = (reason: ExitReason): number => EXIT_CODES[reason].code;
