// Titles of the metric catalogue inside a sentence. Pure; bundled into the pages.

/** Names of people and abbreviations keep their capitals. */
const KEEPS = /^(?:Matthews|Pearson|Spearman|[A-Z][A-Z0-9])/;

/** `deployed size`, `Matthews correlation`, `area under the ROC curve`. */
export const inSentence = (title: string): string =>
  KEEPS.test(title) ? title : title.slice(0, 1).toLowerCase() + title.slice(1);
