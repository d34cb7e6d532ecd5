// One lookup table for all categorical fields of a row, with the training frequencies that frequency-aware methods read.
// Which fields there are and how values become ids is the task's matter.
import { Embedding } from "./embedding.ts";
import type { Module } from "./module.ts";

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
