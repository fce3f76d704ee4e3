// The approvals of a permit, at an event (SPEC 12).
import { sha256 } from "./bytes.mjs";
import { malformed, must, needs } from "./finding.mjs";
import { canonical, jsonOf } from "./json.mjs";
import { insideHours, lasting } from "./hours.mjs";
import { approvalOf } from "./proofs.mjs";
import { checkSshSignature, decisionOf } from "./sshsig.mjs";
import { checkInside, confirming } from "./templates.mjs";
import { asked, enough, isPlants, neededRights, seats, shortRights, voices, zoneOf } from "./voices.mjs";
import { checkAssertion } from "./webauthn.mjs";
import { instant } from "./words.mjs";

function checkTold(one, ask, before) {
  const { permit } = ask;
  const told = before.filter((event) => event.event === "PermitApproved" && event.approval === one.sha256).at(-1);
  must(told !== undefined, "approval_untold", `The ledger does not know of ${one.approver}'s approval.`);
  must(told.permit === permit.id && told.digest === permit.sha256 && told.right === one.right && told.approver === one.approver,
    "approval_told_otherwise", `The ledger tells ${one.approver}'s approval otherwise.`);
}

function checkDispute(one, ask, before) {
  const told = before.find((event) => event.event === "PermitDisputed" && event.dispute === one.settles);
  must(told !== undefined && told.permit === ask.permit.id, "dispute_untold", "The ledger does not know of the dispute.");
  must(told.right === one.right && told.arbiter === one.approver, "dispute_arbiter", "The dispute was another arbiter's.");
  must(one.instant < instant(told.until), "dispute_late", "The dispute was settled too late.");
  if (one.kind === "totp") return;
  const nonce = one.kind === "passkey" ? one.bytes.nonce : Buffer.from(decisionOf(one.bytes.message).challenge, "hex").subarray(0, 32);
  const start = nonce.subarray(0, 16);
  const named = Buffer.concat([start, sha256("penstock-settles/1", start, Buffer.from(one.settles, "hex")).subarray(0, 16)]);
  must(nonce.equals(named), "dispute_unnamed", "The proof does not name the dispute.");
}

/** Checks the proof, and gives the kinds that the conduit may accept it as. */
function checkProof(one, ask, trust) {
  if (one.kind === "passkey") {
    const key = trust.passkeys.find((row) => row.person === one.approver && row.id.equals(one.bytes.credential_id));
    must(key !== undefined, "passkey_unknown", `The trust file does not list that passkey for ${one.approver}.`);
    checkAssertion(one.bytes, key, trust, Buffer.from(ask.permit.sha256, "hex"));
    return key.backup_eligible ? ["passkey"] : ["passkey", "passkey-bound"];
  }
  if (one.kind === "sshsig") return checkSshSignature(one, one.bytes, ask.permit, trust).sk ? ["sshsig", "sshsig-sk"] : ["sshsig"];
  return ["totp"]; // SPEC 6.3: signs nothing
}

function checkOne(one, ask, trust, template, before) {
  const { permit, charter } = ask;
  checkTold(one, ask, before);
  if (one.settles !== undefined) checkDispute(one, ask, before);
  must(one.permit === permit.sha256, "approval_permit", `${one.approver} approved another permit.`);
  must(one.instant >= instant(permit.requested_at) && one.instant < permit.span.end, "approval_time", `${one.approver} approved out of time.`);
  must(isPlants(charter, one.approver), "approver_stranger", `${one.approver} is not one of the plant's people.`);
  const settles = one.settles !== undefined;
  const heard = neededRights(ask).includes(one.right) ? voices(ask, one.right, one.instant, settles) : [];
  if (template !== undefined && !ask.broken && one.right === template.confirm) heard.push(...confirming(ask, template, one.instant));
  must(heard.some(([person]) => person === one.approver), "approver_right", `${one.approver} did not hold ${one.right}.`);
  const kinds = checkProof(one, ask, trust);
  const accepted = charter.conduits.get(permit.conduit)?.proofs ?? [];
  must(kinds.some((kind) => accepted.includes(kind)), "proof_not_accepted", `The conduit does not accept a ${one.kind}.`);
}

function checkHours(ask, conduit) {
  const { permit } = ask;
  const requested = instant(permit.requested_at);
  const window = { start: requested > permit.span.start ? requested : permit.span.start, end: permit.span.end };
  const rows = conduit.hours.map((row) => ({ ...row, seconds: lasting(row.for) }));
  must(insideHours(rows, zoneOf(ask), window), "outside_hours", "The permit's window is not inside the conduit's hours.");
}

function checkOrder(order, approvals, before, needed, signed) {
  const list = [...signed];
  const out = new Set();
  for (const event of before) {
    if (event.event !== "PermitApproved" || !approvals.some((one) => one.sha256 === event.approval)) continue;
    const short = order.includes(event.right) ? shortRights(needed, list) : [];
    const turn = !order.slice(0, Math.max(0, order.indexOf(event.right))).some((right) => short.includes(right));
    const name = canonical([event.right, event.approver]);
    if (turn) list.push([event.right, event.approver]);
    if (turn) out.delete(name);
    else out.add(name);
  }
  must(out.size === 0, "out_of_turn", "Somebody approved out of turn.");
}

/** Throws the first thing that does not hold. `template` is undefined where templates do not count or the permit's is not enclosed. */
export function checkApprovals({ approvals, permit, charter, trust, event, events, template, templates }) {
  const array = jsonOf(approvals, "approvals.json");
  if (!Array.isArray(array)) throw malformed("approvals.json is no array.");
  const all = array.map(approvalOf);
  needs(charter.there, "charter_missing", "The charter is not enclosed.");
  const plant = charter.read();
  needs(trust.there, "trust_missing", "The trust file is not enclosed.");
  const keys = trust.read();
  const told = Array.isArray(event.approvals) ? event.approvals : [];
  const digests = [...new Set(all.map((one) => one.sha256))].sort();
  must(told.length > 0 && canonical([...told].sort()) === canonical(digests), "approvals_other",
    "The event names other approvals.");
  const before = events.filter((one) => one.index < event.index);
  const last = before.filter((one) => one.event === "PermitChanged" && one.permit === permit.id).at(-1);
  must(last === undefined || ["approved", "active"].includes(last.after), "permit_ended", "The permit had ended.");
  const broken = before.some((one) => one.event === "GlassBroken" && one.permit === permit.id);
  const ask = asked(plant, permit, broken);
  const named = templates ? template() : undefined;
  for (const one of all) checkOne(one, ask, keys, named, before);
  const at = all.map((one) => one.instant).reduce((a, b) => (a > b ? a : b));
  const settled = new Set(all.filter((one) => one.settles !== undefined).map((one) => one.right));
  const needed = seats(ask, at, settled);
  const list = all.map((one) => [one.right, one.approver]);
  if (!enough(needed, list)) {
    must(templates && permit.template !== undefined && !broken, "approvals_too_few", "Too few approved.");
    checkInside(ask, named, before, at, list, needed);
  }
  const conduit = plant.conduits.get(permit.conduit);
  if (conduit?.hours?.length) checkHours(ask, conduit);
  if (conduit?.in_order?.length) checkOrder(conduit.in_order, all, before, needed, named?.signed ?? []);
  return all;
}
