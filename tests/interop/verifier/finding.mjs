// What a check says when it does not hold. "SPEC" in all of these modules is recorder/export/SPEC.md; FORMAT and LEDGER are
// recorder/format/SPEC.md and recorder/ledger/SPEC.md.

/** Thrown by a check; `missing` where nothing contradicts but something is not there (SPEC 11, marked with a circle). */
export class Finding extends Error {
  constructor(code, sentence, missing = false) {
    super(sentence);
    this.code = code;
    this.missing = missing;
  }
}

export const wrong = (code, sentence) => new Finding(code, sentence);
export const malformed = (sentence) => new Finding("malformed", sentence);
export const missing = (code, sentence) => new Finding(code, sentence, true);

/** Throws unless `holds`. */
export function must(holds, code, sentence) {
  if (!holds) throw new Finding(code, sentence);
}

/** Throws INCOMPLETE unless `there`. */
export function needs(there, code, sentence) {
  if (!there) throw new Finding(code, sentence, true);
}

/** Runs `read`, and gives what is malformed in it the code that the place has for it. */
export function within(code, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof Finding && error.code === "malformed") throw new Finding(code, error.message);
    throw error;
  }
}
