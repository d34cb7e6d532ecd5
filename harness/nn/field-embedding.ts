// One lookup table for all categorical fields of a row, with the training frequencies that frequency-aware methods read.
// Which fields there are and how values become ids is the task's matter.
import type { Tensor } from "#harness/engine/tensor.ts";
import { Embedding } from "./embedding.ts";
import type { EmbeddingModule, Module } from "./module.ts";

/** Rows [offset, offset + counts.length) of a table: those of one field. */
export interface TableField {
  readonly name: string;
  readonly offset: number;
  /**
   * How often each row of the field is looked up in one pass over the training split. Divided by their sum they are the
   * frequencies p of card 10; rows that only later data can ask for have 0.
   */
  readonly counts: Uint32Array;
}

/** Rows of the table that holds `fields`, which follow each other without gaps. */
export const tableRows = (fields: readonly TableField[]): number =>
  fields.reduce((rows, { counts }) => rows + counts.length, 0);

/** Ids [B, F], one a field in the order of `fields` and counted over the whole table, to [B, F, width]. */
export class FieldEmbedding extends Embedding {
  readonly fields: readonly TableField[];

  /** `values` [tableRows(fields), width]. */
  constructor(path: string, fields: readonly TableField[], width: number, values: Float32Array) {
    super(path, tableRows(fields), width, values);
    this.fields = fields;
  }
}

/** Whether a module is a plain table of fields. */
export const isFieldEmbedding = (module: Module): module is FieldEmbedding =>
  module instanceof FieldEmbedding;

/** A table of fields whose rows are narrower than what it hands out; a first map may be made for the rows themselves. */
export interface NarrowFields extends EmbeddingModule {
  /** Whether the deep net's first map was made for rows as they are stored, the way back multiplied into it. */
  readonly merged: boolean;
  /** Rows as they are stored: ids [B, F] to [B, F, narrow width]. */
  narrow(ids: Tensor): Tensor;
  /** What `apply` hands out of them: [B, F, narrow width] to [B, F, width]. */
  widen(rows: Tensor): Tensor;
  /** Multiply-adds of widening the rows of one example. */
  multiplyAdds(): number;
}

export const isNarrowFields = (module: EmbeddingModule): module is NarrowFields =>
  typeof (module as Partial<NarrowFields>).narrow === "function";
