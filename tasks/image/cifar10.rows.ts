// Images of CIFAR-10 from the official archive, or from files of records where a mirror or the sample has these.
import { CIFAR_CHANNELS, CIFAR_SIDE, readCifar10, readCifar10Archive } from "#harness/data/cifar.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import type { ImageRows } from "#tasks/encoding/image-rows.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { CIFAR10_FILES } from "./cifar10.source.ts";

/** Both halves. Throws `data` and `storage` errors. */
export async function cifar10Rows(
  source: ResolvedSource,
): Promise<{ readonly train: ImageRows; readonly test: ImageRows }> {
  const half = async (name: keyof typeof CIFAR10_FILES): Promise<ImageRows> => {
    const file = fileOf(source, CIFAR10_FILES[name]);
    // Whole files are the archive; parts are files of records.
    const images = file.part ? await readCifar10(file) : await readCifar10Archive(file.path, name);
    return { height: CIFAR_SIDE, width: CIFAR_SIDE, channels: CIFAR_CHANNELS, ...images };
  };
  return { train: await half("train"), test: await half("test") };
}
