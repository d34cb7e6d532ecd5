// Disks that are full or read-only, as a tmpfs of a few MiB behind the results folder; where this machine lets us mount none,
// a folder without permission stands in for the read-only one.
import { chmodSync, mkdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { canMount, type TinyDisk, tinyDisk } from "#harness/record/testing/disk.ts";
import { hit, injectEach, type Kind, type Round, resume, verbOf } from "./round.ts";

const { ok, storage } = EXIT_CODES;
const DISK_KIB = 4096;
/** Database, log and records of a round take about so much: somewhere below it the disk is full. */
const ENOUGH_KIB = 640;

const isRoot = (): boolean => process.getuid?.() === 0;

/** Puts results, and sometimes the claims, on a disk of their own; the result takes it away again. */
function onDisk(round: Round, disk: TinyDisk): () => void {
  const { root } = round.place.scratch;
  const names = round.random.uniform() < 0.5 ? ["results"] : ["results", ".rankbench"];
  for (const name of names) {
    mkdirSync(join(disk.folder, name));
    rmSync(join(root, name), { recursive: true, force: true });
    symlinkSync(join(disk.folder, name), join(root, name));
  }
  return () => {
    round.place.clean();
    disk.remove();
  };
}

/** Leaves so many KiB free on the disk. */
function fill(disk: TinyDisk, free: number): void {
  const filler = join(disk.folder, "filler");
  rmSync(filler, { force: true });
  const { bavail, bsize } = statfsSync(disk.folder);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - free * 1024)));
}

const full = async (round: Round): Promise<number> => {
  const disk = tinyDisk(DISK_KIB);
  const leave = onDisk(round, disk);
  let hits = 0;
  try {
    let most = ENOUGH_KIB;
    for (let i = 0; i < 2 * round.faults && hits < round.faults; i++) {
      const free = Math.floor(round.random.uniform() * most);
      fill(disk, free);
      const { code } = await hit(round, { verb: verbOf(round.random), codes: [ok.code, storage.code] });
      if (code === storage.code) hits++;
      // It had room enough: nearer to full then.
      else most = free / 2;
    }
    rmSync(join(disk.folder, "filler"), { force: true });
    await resume(round);
  } finally {
    leave();
  }
  return hits;
};

const readOnly = async (round: Round): Promise<number> => {
  const { place } = round;
  const disk = canMount() ? tinyDisk(DISK_KIB) : undefined;
  const leave = disk === undefined ? () => place.clean() : onDisk(round, disk);
  const results = join(place.scratch.root, "results");
  mkdirSync(results, { recursive: true });
  try {
    return await injectEach(round, async (index) => {
      if (disk === undefined) chmodSync(results, 0o555);
      else disk.makeReadOnly();
      await hit(round, { verb: verbOf(round.random), codes: [storage.code] });
      if (disk === undefined) chmodSync(results, 0o755);
      else disk.makeWritable();
      // Every second time there are results already.
      if (index % 2 === 0) await resume(round);
      return true;
    });
  } finally {
    leave();
  }
};

export const DISKS: readonly Kind[] = [
  {
    id: "full-disk",
    what: "a disk with 0 to 640 KiB left for database, log and records",
    perRound: 4,
    share: 16,
    missing: () => (canMount() ? null : "no disk can be mounted here"),
    run: full,
  },
  {
    id: "read-only-results",
    what: "a results folder that cannot be written",
    perRound: 3,
    share: 6,
    missing: () => (canMount() || !isRoot() ? null : "root may write everywhere, and no disk can be mounted"),
    run: readOnly,
  },
];
