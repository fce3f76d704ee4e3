// The verifier's steps (SPEC 11), in the order of the specification.
import { checkAgreed } from "./agreed.mjs";
import { checkApprovals } from "./approvals.mjs";
import { countedOf } from "./attestations.mjs";
import { isHex, textOf } from "./bytes.mjs";
import { attested, charterOf, heirsOf, wayOf } from "./charter.mjs";
import { checkErasure } from "./erasure.mjs";
import { exportsOf } from "./exports.mjs";
import { malformed, must, needs, wrong } from "./finding.mjs";
import { canonical, hasExactly, isObject, isText, jsonOf } from "./json.mjs";
import { eventsOf } from "./ledger.mjs";
import { checkManifest, memberOf } from "./manifest.mjs";
import { consistent, proofOf } from "./merkle.mjs";
import { checkpointOf, enough, keyOf, noteOf, signedBy } from "./notes.mjs";
import { readPermit } from "./permit.mjs";
import { commitmentOf, readRecording } from "./recording.mjs";
import { checkStamps } from "./stamps.mjs";
import { templateNamed } from "./templates.mjs";
import { trustOf } from "./trust.mjs";
import { inside, instant } from "./words.mjs";
import { membersOf } from "./zip.mjs";

function checkSigned(note, key) {
  must(signedBy(note, key), "signature_missing", `There is no signature of ${key.name} (${key.id}).`);
  const head = checkpointOf(note.text, "ledger/checkpoint");
  must(head.origin === key.name, "checkpoint_origin", `The checkpoint is of ${head.origin}.`);
  return head;
}

/** Events that say the same in every field count once, with their lowest index. */
function distinct(events) {
  const seen = new Map();
  for (const event of events) if (!seen.has(canonical(event.document))) seen.set(canonical(event.document), event);
  return [...seen.values()];
}

const ofSession = (c, ...names) => c.events.filter((event) => names.includes(event.event) && event.session === c.manifest.session);

function container(c) {
  c.members = membersOf(c.file);
  return `${c.members.size} members.`;
}

function manifest(c) {
  c.manifest = checkManifest(c.members);
  return "Every member is the one that it lists.";
}

function permit(c) {
  c.permit = readPermit(memberOf(c.members, "permit.json"), "permit.json");
  must(c.permit.id === c.manifest.permit, "permit_other", `The permit is ${c.permit.id}.`);
  return `Digest ${c.permit.sha256}.`;
}

function checkpoint(c) {
  const text = textOf(memberOf(c.members, "ledger/vkey"), "ledger/vkey");
  if (!text.endsWith("\n") || text.indexOf("\n") !== text.length - 1) throw malformed("ledger/vkey is not one line.");
  const key = keyOf(text.slice(0, -1));
  c.note = noteOf(memberOf(c.members, "ledger/checkpoint"), "ledger/checkpoint");
  c.head = checkSigned(c.note, key);
  return `${c.head.origin} had ${c.head.size} leaves.`;
}

function events(c) {
  c.events = eventsOf(memberOf(c.members, "ledger/events.jsonl"), c.head);
  return `${c.events.length} events.`;
}

function session(c) {
  const opened = distinct(ofSession(c, "SessionOpened"));
  must(opened.length === 1, "session_events", `There are ${opened.length} openings of this session.`);
  [c.opened] = opened;
  for (const [name, is] of Object.entries({
    session: c.manifest.session, permit: c.permit.id, digest: c.permit.sha256, person: c.permit.person, asset: c.permit.asset,
  })) must(c.opened[name] === is, "session_other", `The session was opened with another ${name}.`);
  const fits = inside(c.permit.span, instant(c.opened.at)) && instant(c.opened.deadline) <= c.permit.span.end;
  must(fits, "session_window", "The session was not opened in the permit's window.");
  const ends = distinct(ofSession(c, "SessionEnded", "SessionInterrupted"));
  needs(ends.length > 0, "end_missing", "The session's end is not there.");
  must(ends.length === 1, "session_events", "The session has two ends.");
  must(ends[0].index > c.opened.index, "session_order", "The session ended before it began.");
  [c.end] = ends;
  return "One session, opened and ended.";
}

function ledgerKey(c) {
  needs(c.key !== null, "key_not_given", "No key was given.");
  checkSigned(c.note, keyOf(c.key.trim()));
  return "The key that was given signed it.";
}

function witnesses(c) {
  if (!c.members.has("ledger/witnessed")) {
    needs(c.policy === null || c.policy.quorum === "none", "witness_missing", "No witnessed head is enclosed.");
    return "No witness was asked for.";
  }
  const note = noteOf(memberOf(c.members, "ledger/witnessed"), "ledger/witnessed");
  const head = checkpointOf(note.text, "ledger/witnessed");
  must(head.origin === c.head.origin, "witness_origin", "The witnessed head is of another ledger.");
  const proof = proofOf(memberOf(c.members, "ledger/witnessed.proof"), "ledger/witnessed.proof");
  must(consistent(head, c.head, proof), "witness_fork", "The ledger is not the one that the witnesses saw, or there are two of it.");
  if (c.policy === null) return "Nobody asked whose word the witnesses' is.";
  const logs = c.policy.logs.filter((key) => key.name === head.origin).map((key) => signedBy(note, key));
  must(logs.includes(true), "signature_missing", "No log of the policy signed the witnessed head.");
  const signed = new Set([...c.policy.witnesses].filter(([, key]) => signedBy(note, key)).map(([name]) => name));
  must(enough(c.policy, signed), "witness_quorum", "Too few witnesses signed.");
  needs(c.end !== undefined && head.size > BigInt(c.end.index), "witness_too_early", "The witnesses saw the ledger before the end.");
  return "Enough witnesses signed.";
}

function charter(c) {
  needs(c.members.has("charter.json"), "charter_missing", "The charter is not enclosed.");
  const found = charterOf(memberOf(c.members, "charter.json"));
  must(found.sha256 === c.permit.charter, "charter_other", "The charter is not the permit's.");
  return "The charter is the permit's.";
}

function trustFile(c) {
  needs(c.members.has("trust/approvers.toml"), "trust_missing", "The trust file is not enclosed.");
  const found = c.trust.read();
  const named = c.events.filter((event) => ["NodeStarted", "KeyEnrolled"].includes(event.event));
  needs(named.length > 0, "trust_unnamed", "No event names the trust file.");
  must(named.some((event) => event.trust === found.digest), "trust_other", "No event names this trust file.");
  return `Digest ${found.digest}.`;
}

function attestations(c) {
  if (!c.members.has("trust/attestations.jsonl")) {
    needs(c.members.has("charter.json"), "charter_missing", "The charter is not enclosed.");
    const plant = charterOf(memberOf(c.members, "charter.json"));
    const way = wayOf(plant, c.permit);
    const asks = plant.rights.some((row) => way.includes(row.boundary) && heirsOf(plant, row).length)
      || plant.delegations.some((row) => way.includes(row.boundary));
    needs(!asks, "attestations_missing", "What was attested is not enclosed.");
    return "Nothing had to be attested.";
  }
  needs(c.trust.there, "trust_missing", "The trust file is not enclosed.");
  return `${c.counted().length} statements count.`;
}

function approvals(c) {
  const all = checkApprovals({
    approvals: memberOf(c.members, "approvals.json"), permit: c.permit, trust: c.trust, event: c.opened, events: c.events,
    charter: c.charterFrom(c.members.get("charter.json")), templates: true,
    template: () => templateNamed(c.members.get("trust/templates.jsonl"), c.permit, c.counted()),
  });
  return `Approved by ${all.map((one) => `${one.approver} (${one.right}, ${one.kind})`).join(", ")}.`;
}

function agreed(c) {
  checkAgreed(c, c.manifest.session);
  return "It went on in no other state but by agreement.";
}

function recording(c) {
  const found = readRecording(memberOf(c.members, "recording.pnr"));
  const at = `in frame ${found.frames.length}, at byte ${found.where}`;
  if (found.fault === "cut") throw wrong("recording_cut", `The recording is cut off ${at}.`);
  if (found.fault === "broken") throw wrong("recording_broken", `The recording is broken ${at}.`);
  must(found.sealed, "recording_unsealed", "The recording is not sealed.");
  must(found.header.session === c.manifest.session, "recording_session", "The recording is of another session.");
  must(found.header.about.digest === c.permit.sha256, "recording_permit", "The recording is under another permit.");
  c.recording = found;
  return `${found.frames.length} frames.`;
}

const verified = (c) => needs(c.recording !== undefined, "recording_unverified", "The recording did not verify.");

function recordingInLedger(c) {
  verified(c);
  needs(c.end !== undefined, "end_missing", "The session's end is not there.");
  const { frames, heads, sha256, toAsset, toVendor } = c.recording;
  const right = c.end.recording_sha256 === sha256 && c.end.head === heads.at(-1) && c.end.frames === frames.length
    && (c.end.event !== "SessionEnded" || (c.end.bytes_to_asset === Number(toAsset) && c.end.bytes_to_vendor === Number(toVendor)));
  must(right, "recording_other", "The ledger names another recording.");
  needs(c.end.event === "SessionEnded", "recording_interrupted", "The session was interrupted.");
  return "The recording is the one that the ledger names.";
}

function heartbeats(c) {
  verified(c);
  let before = 0;
  for (const { frames, head } of ofSession(c, "SessionHeartbeat")) {
    if (!Number.isInteger(frames)) throw malformed("A heartbeat does not say how many frames.");
    must(frames >= before, "heartbeat_backwards", "A heartbeat goes back.");
    must(frames <= c.recording.frames.length, "heartbeat_ahead", "A heartbeat names frames that are not there.");
    must(head === c.recording.heads[frames], "heartbeat_other", "A heartbeat names another chain.");
    before = frames;
  }
  return "All heartbeats lie on this chain.";
}

function exports(c) {
  verified(c);
  const names = [...c.members.keys()].filter((name) => name.startsWith("exports/"));
  if (!c.members.has("recording.key.json")) {
    needs(names.length === 0, "recording_key_missing", "The recording's key is not enclosed.");
    return "Contents stay closed.";
  }
  const told = jsonOf(memberOf(c.members, "recording.key.json"), "recording.key.json");
  if (!isObject(told) || !isText(told.key) || !/^ *([0-9a-fA-F]{2} *)*$/.test(told.key)) throw malformed("recording.key.json has no key.");
  const key = Buffer.from(told.key, "hex");
  must(hasExactly(told, ["schema", "session", "key"]) && told.schema === "penstock-case-key/1" && told.session === c.manifest.session
    && isHex(told.key, 32) && commitmentOf(key) === c.recording.header.key_commitment, "recording_key_other", "The key is another.");
  const made = exportsOf(c.recording, key);
  const isCapture = (name) => name.endsWith(".pcapng");
  if (!names.some(isCapture)) [...made.keys()].filter(isCapture).forEach((name) => made.delete(name));
  const alike = made.size === names.length && names.every((name) => made.get(name)?.equals(c.members.get(name)));
  must(alike, "exports_other", "The exports are not what the recording gives.");
  return `${made.size} exports are what the recording gives.`;
}

const STEPS = [
  ["container", container, true], ["manifest", manifest, true], ["permit", permit, true], ["checkpoint", checkpoint, true],
  ["events", events, true], ["session", session, true], ["ledger key", ledgerKey], ["witnesses", witnesses], ["charter", charter],
  ["trust file", trustFile], ["attestations", attestations], ["approvals", approvals], ["states agreed to", agreed],
  ["recording", recording], ["recording in the ledger", recordingInLedger], ["heartbeats", heartbeats], ["exports", exports],
];

/** The steps that are there only where there is something for them. */
function further(c) {
  const stamped = c.asked.roots !== null || [...c.members.keys()].some((name) => name.startsWith("ledger/stamps/"));
  return [
    ...(stamped ? [["time-stamps", () => checkStamps(c, c.asked)]] : []),
    ...(ofSession(c, "EvidenceErased").length ? [["erasure", () => checkErasure(c)]] : []),
  ];
}

/** What later steps read more than once: each is read anew where it is asked for, so that its fault shows in that step. */
function context(file, asked) {
  const c = { file, key: asked.key, policy: asked.policy, asked };
  const trusted = () => memberOf(c.members, "trust/approvers.toml");
  c.trust = { get there() { return c.members.has("trust/approvers.toml"); }, read: () => trustOf(trusted()) };
  c.counted = () => (c.members.has("trust/attestations.jsonl") && c.trust.there
    ? countedOf(memberOf(c.members, "trust/attestations.jsonl"), c.events, c.opened, c.trust.read()) : []);
  c.charterFrom = (bytes) => ({
    there: bytes !== undefined,
    read: () => (c.members.has("trust/attestations.jsonl") ? attested(charterOf(bytes), c.counted()) : charterOf(bytes)),
  });
  return c;
}

/**
 * The steps made, each {number, title, verdict, code, sentence}. `asked` is {key, policy, roots, at}, as SPEC 11 has them, each null
 * where it was not given.
 */
export function verify(file, asked) {
  const c = context(file, asked);
  const made = [];
  const steps = [...STEPS];
  for (const [title, step, stops] of steps) {
    const told = { number: made.length + 1, title, verdict: "PASS", code: "", sentence: "" };
    try {
      told.sentence = step(c);
    } catch (error) {
      Object.assign(told, { verdict: error.missing ? "INCOMPLETE" : "FAIL", code: error.code ?? "malformed", sentence: error.message });
      if (!error.code) told.trouble = error.stack;
    }
    made.push(told);
    if (told.verdict === "FAIL" && stops) return made;
    if (title === "exports") steps.push(...further(c));
  }
  return made;
}
