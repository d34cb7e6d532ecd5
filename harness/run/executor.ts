// Where the runs of a sweep are done: by this command in workers of its own (sweep.ts), or by the nodes of a SLURM cluster
// (slurm/submit.ts). Both leave the same record files, which alone say what is done.

export const EXECUTORS = ["local", "slurm"] as const;
export type Executor = (typeof EXECUTORS)[number];
