// Approvals and their proofs as they are written (SPEC 6).
import { digest, fromBase64, isDigest, isHex } from "./bytes.mjs";
import { malformed, within } from "./finding.mjs";
import { canonical, hasExactly, isText } from "./json.mjs";
import { RIGHTS } from "./sshsig.mjs";
import { instant } from "./words.mjs";

const PARTS = {
  passkey: ["credential_id", "nonce", "client_data_json", "authenticator_data", "signature"],
  sshsig: ["message", "signature"],
};
const FIELDS = ["schema", "permit", "right", "approver", "at", "shown", "kind", "proof"];

/** A proof's fields as bytes. */
export function proofOf(kind, fields) {
  if (kind === "totp") {
    if (!hasExactly(fields, ["step", "code"]) || !Number.isInteger(fields.step) || !isText(fields.code)) throw malformed("A code's proof is none.");
    return fields;
  }
  if (!Object.hasOwn(PARTS, kind) || !hasExactly(fields, PARTS[kind])) throw malformed("A proof is of no kind that is known.");
  return Object.fromEntries(PARTS[kind].map((name) => [name, fromBase64(fields[name], `A proof's ${name}`)]));
}

export function approvalOf(document) {
  return within("not_an_approval", () => {
    const holds = hasExactly(document, FIELDS, ["settles"]) && document.schema === "penstock-approval/1" && isDigest(document.permit)
      && RIGHTS.includes(document.right) && isText(document.approver) && isHex(document.shown)
      && (document.settles === undefined || isHex(document.settles)) && isText(document.kind);
    if (!holds) throw malformed("An approval has not the form that it must have.");
    return { ...document, instant: instant(document.at), bytes: proofOf(document.kind, document.proof), sha256: digest(canonical(document)) };
  });
}
