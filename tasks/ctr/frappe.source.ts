// Frappe in the libfm form of the NFM paper: its validation and test parts, and their embedded stand-in. The training part
// is in no copy that could be had.
import type { DataSource, OfficialCopy } from "#harness/data/source.ts";

const COMMIT = "ca2a5d11b929816aa44c6e470e795af144608507";

const official = (name: string): OfficialCopy => ({
  url: `https://raw.githubusercontent.com/hexiangnan/neural_factorization_machine/${COMMIT}/data/frappe/${name}`,
  packing: { kind: "none" },
});

export const VALIDATION_PART = "frappe.validation.libfm";
export const TEST_PART = "frappe.test.libfm";

export const frappeSource: DataSource = {
  id: "ctr-frappe",
  title: "Frappe app usage (validation and test parts of the NFM paper's split)",
  licence: "research use, no redistribution without permission",
  redistributable: false,
  citation:
    "Baltrunas et al. 2015, Frappe: Understanding the Usage and Perception of Mobile App Recommendations In-The-Wild; He and Chua 2017, Neural Factorization Machines",
  homepage: "https://github.com/hexiangnan/neural_factorization_machine",
  files: [
    {
      name: VALIDATION_PART,
      sha256: "fdf4be563a7dd9b15f7a6e8b32671e90e6e7a2a2bd3af4e10bf13c5ad7e76e9e",
      bytes: 4_163_044,
      rows: 57_722,
      official: official(VALIDATION_PART),
      mirror: {
        path: `ctr-frappe/${VALIDATION_PART}.gz`,
        packing: "gzip",
        sha256: "cfded0f07b81fc790e0f2b25f2a4eaa6f52e84da640704dc6671adb5f73fe1c2",
        bytes: 545_871,
      },
    },
    {
      name: TEST_PART,
      sha256: "a2ebaef3a9af8e55f8bb0d08bc4923965e42e43760ebd7635ac2f8c5db99e097",
      bytes: 2_081_389,
      rows: 28_860,
      official: official(TEST_PART),
      mirror: {
        path: `ctr-frappe/${TEST_PART}.gz`,
        packing: "gzip",
        sha256: "0c18dfb38c4c34a073fed2dcf85dc157f569001fe70f8aaeb4ff3a1f29dab4cf",
        bytes: 272_908,
      },
    },
  ],
  sample: {
    licence: "MIT, made by scripts/samples/ctr.ts",
    files: {
      [VALIDATION_PART]: new URL("./frappe.sample.validation.libfm", import.meta.url),
      [TEST_PART]: new URL("./frappe.sample.test.libfm", import.meta.url),
    },
  },
};
