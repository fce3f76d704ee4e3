// The erasure of a session's contents: two persons let them go (SPEC 16; SPEC 11 step 19).
import { digest, isDigest, isHex } from "./bytes.mjs";
import { malformed, must, within } from "./finding.mjs";
import { canonical, hasExactly, isText, jsonOf } from "./json.mjs";
import { memberOf } from "./manifest.mjs";
import { proofOf } from "./proofs.mjs";
import { checkSigned } from "./sshsig.mjs";
import { trustOf } from "./trust.mjs";
import { checkAssertion } from "./webauthn.mjs";
import { instant, isInstant, isLine, isWord, saysSomething } from "./words.mjs";

const FIELDS = ["schema", "node", "deed", "subject", "term", "minimum_days", "ended_at", "charter", "reason", "answers", "by", "at", "trust", "nonce"];
const ALIKE = ["node", "deed", "subject", "term", "minimum_days", "ended_at", "charter"];
const SUBJECT = /^(session|boundary|vendor|person|asset|hold):[a-z0-9_-]{1,64}$/;
const DEEDS = ["erase", "remove", "hold", "lift"];
const DAY = 86_400_000_000n;

/** What has ended and goes by a term, and what has not. */
const isOfItsDeed = (one) => (["erase", "remove"].includes(one.deed)
  ? /^session:/.test(one.subject) && isInstant(one.ended_at) && one.term !== ""
  : one.ended_at === null && one.term === "" && /^hold:/.test(one.subject) === (one.deed === "lift") && !(one.deed === "hold" && one.answers));

const isStatement = (one) => hasExactly(one, FIELDS) && one.schema === "penstock-keeping/1" && isLine(one.node, 200) && one.node !== "" && DEEDS.includes(one.deed)
  && isText(one.subject) && SUBJECT.test(one.subject) && isText(one.term) && Number.isInteger(one.minimum_days) && one.minimum_days >= 0 && isDigest(one.charter)
  && isLine(one.reason, 500) && saysSomething(one.reason) && (one.answers === "" || isDigest(one.answers)) && isWord(one.by) && isDigest(one.trust) && isHex(one.nonce, 16)
  && isInstant(one.at) && isOfItsDeed(one);

/** What somebody signed, as an event holds it. */
function signedOf(text) {
  if (!isText(text)) throw malformed("An event does not hold what was signed.");
  const value = jsonOf(text, "What was signed");
  const { statement, proof } = value ?? {};
  const holds = hasExactly(value, ["statement", "proof"]) && isStatement(statement) && hasExactly(proof, ["kind", "fields"])
    && ["passkey", "sshsig"].includes(proof.kind);
  if (!holds) throw malformed("What was signed is no statement with its proof.");
  const said = canonical(statement);
  return {
    ...statement, said, sha256: digest(said), instant: instant(statement.at), ended: statement.ended_at === null ? null : instant(statement.ended_at),
    kind: proof.kind, proof: proofOf(proof.kind, proof.fields),
  };
}

/** The trust files under `keeping/`, by their digests. */
function keepingOf(c) {
  const found = new Map();
  for (const name of [...c.members.keys()].filter((one) => one.startsWith("keeping/"))) {
    const trust = trustOf(memberOf(c.members, name));
    const told = c.events.some((event) => ["NodeStarted", "KeyEnrolled"].includes(event.event) && event.trust === trust.digest);
    must(name === `keeping/${trust.digest}.toml` && told, "erasure_trust", `${name} is not a trust file that the ledger names.`);
    found.set(trust.digest, trust);
  }
  return found;
}

/** The one event of that name about that ask, and what it holds. */
function wordOf(c, name, erased) {
  const told = c.events.filter((event) => event.event === name && event.ask === erased.ask && event.index < erased.index);
  must(told.length === 1, "erasure_alone", `There is no ${name}, or more than one, of that erasure.`);
  const word = within("erasure_differs", () => signedOf(told[0].signed));
  must(word.by === told[0].by, "erasure_differs", `${name} names somebody else than who signed.`);
  return word;
}

function checkProof(word, keeping) {
  const trust = keeping.get(word.trust);
  must(trust !== undefined, "erasure_trust", `The trust file of ${word.by}'s key is not enclosed.`);
  if (word.kind === "passkey") {
    const key = trust.passkeys.find((row) => row.person === word.by && row.id.equals(word.proof.credential_id));
    must(key !== undefined, "erasure_unsigned", `That passkey is not ${word.by}'s.`);
    checkAssertion(word.proof, key, trust, Buffer.from(word.sha256, "hex"));
    return;
  }
  must(word.proof.message.equals(Buffer.from(word.said)), "erasure_unsigned", `What ${word.by} signed is something else.`);
  checkSigned(word.proof, "keeping@penstock", word.by, trust);
}

function checkOne(c, erased, keeping) {
  const first = wordOf(c, "KeepingAsked", erased);
  const second = wordOf(c, "KeepingAgreed", erased);
  const together = first.sha256 === erased.ask && first.answers === "" && second.answers === erased.ask
    && ALIKE.every((name) => first[name] === second[name]);
  must(together, "erasure_differs", "The two did not sign the same.");
  must(first.by !== second.by, "erasure_one_person", `${first.by} signed twice.`);
  must(first.deed === erased.deed && first.subject === `session:${c.manifest.session}`, "erasure_differs", "They signed another deed.");
  const ended = c.end !== undefined && erased.recording_sha256 === c.end.recording_sha256 && first.ended_at === c.end.at;
  must(ended, "erasure_differs", "They signed about another recording, or another end.");
  const at = within("erasure_differs", () => instant(erased.at, "An erasure"));
  const since = first.ended + BigInt(first.minimum_days) * DAY;
  const inTurn = since <= first.instant && first.instant <= second.instant && second.instant <= at;
  must(inTurn, "erasure_early", "The minimum was not over, or the order is another.");
  for (const word of [first, second]) checkProof(word, keeping);
}

export function checkErasure(c) {
  const keeping = keepingOf(c);
  for (const event of c.events) {
    if (event.event === "EvidenceErased" && event.session === c.manifest.session) checkOne(c, event, keeping);
  }
  must(!c.members.has("recording.key.json"), "erasure_key", "The recording's key is enclosed.");
  return "Two persons let the contents go, and the term's minimum was over.";
}
