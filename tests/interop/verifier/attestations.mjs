// Attestations (SPEC 9): which lines count.
import { digest, isHex } from "./bytes.mjs";
import { Finding, malformed } from "./finding.mjs";
import { canonical, hasExactly, isText, jsonOf } from "./json.mjs";
import { proofOf } from "./proofs.mjs";
import { checkAssertion } from "./webauthn.mjs";
import { instant, isWord } from "./words.mjs";

function attestationOf(line) {
  const value = jsonOf(line, "An attestation");
  const { statement, proof } = value ?? {};
  const holds = hasExactly(value, ["statement", "proof"]) && hasExactly(proof, ["kind", "fields"])
    && hasExactly(statement, ["schema", "subject", "person", "at", "nonce"]) && statement.schema === "penstock-statement/1"
    && isText(statement.subject) && /^[a-z-]+:[a-z0-9@_-]{1,200}$/.test(statement.subject) && isWord(statement.person)
    && isHex(statement.nonce, 16);
  if (!holds) throw malformed("A line of the attestations is none.");
  const sha256 = digest(canonical(statement));
  return { ...statement, instant: instant(statement.at), kind: proof.kind, proof: proofOf(proof.kind, proof.fields), sha256 };
}

function counts(one, events, opened, trust) {
  const told = events.filter((event) => event.event === "RightAttested" && event.index < opened.index && event.statement === one.sha256).at(-1);
  if (told === undefined || told.person !== one.person || told.subject !== one.subject || told.at !== one.at || told.kind !== one.kind) return false;
  if (one.kind === "totp") return !one.subject.startsWith("template:");
  const key = one.kind === "passkey" && trust.passkeys.find((row) => row.person === one.person && row.id.equals(one.proof.credential_id));
  if (!key) return false;
  try {
    checkAssertion(one.proof, key, trust, Buffer.from(one.sha256, "hex"));
    return true;
  } catch (error) {
    if (error instanceof Finding) return false;
    throw error;
  }
}

/** The statements that count. A line that is none does not count either. */
export function countedOf(bytes, events, opened, trust) {
  return bytes.toString("latin1").split("\n").flatMap((line) => {
    try {
      const one = attestationOf(Buffer.from(line, "latin1"));
      return counts(one, events, opened, trust) ? [one] : [];
    } catch (error) {
      if (error instanceof Finding) return [];
      throw error;
    }
  });
}
