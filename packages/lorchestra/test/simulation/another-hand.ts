/** What somebody else may do to a row of `raw_objects`, behind lorchestra's back. */
export type Tampering = "drop" | "mark-deleted" | "change-payload" | "change-payload-and-hash";

/** What is put into a payload, behind its opening brace. */
export const TAMPERED = '"tampered":1,';
export const TAMPERED_HASH = "0".repeat(64);
