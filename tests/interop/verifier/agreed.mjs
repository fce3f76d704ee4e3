// States agreed to while the session was under way (SPEC 11, step 13).
import { checkApprovals } from "./approvals.mjs";
import { malformed, must, needs } from "./finding.mjs";
import { charterOf } from "./charter.mjs";
import { same } from "./json.mjs";
import { readPermit } from "./permit.mjs";

const NAME = /^agreed\/([a-z0-9]{26})\/(permit|approvals|charter)\.json$/;
const MAY_DIFFER = ["id", "window", "states", "charter", "requested_at", "nonce", "keys", "safety_record", "template"];

function work(document) {
  const rest = Object.fromEntries(Object.entries(document).filter(([name]) => !MAY_DIFFER.includes(name)));
  return { ...rest, zone: document.window.zone };
}

function checkOne(found, event) {
  const { members, permit } = found;
  if (event.agreed === "" || event.agreed === undefined) {
    must(permit.states.includes(event.state), "agreed_nobody", `The session went on in ${event.state}, to which nobody agreed.`);
    return;
  }
  const member = (name) => members.get(`agreed/${event.agreed}/${name}.json`);
  needs(member("permit") !== undefined, "agreed_missing", `The permit ${event.agreed} is not enclosed.`);
  const bytes = member("charter") ?? members.get("charter.json");
  needs(bytes !== undefined, "charter_missing", "The charter is not enclosed.");
  const other = readPermit(member("permit"), "An agreed permit");
  const charter = charterOf(bytes);
  must(other.id === event.agreed && other.sha256 === event.digest, "agreed_other", "The permit that was agreed to is another.");
  must(same(other.states, [event.state]) && other.span.end <= permit.span.end, "agreed_wider", "More was agreed to than that state.");
  must(same(work(other.document), work(permit.document)), "agreed_work", "Other work was agreed to.");
  must(other.charter === charter.sha256, "charter_other", "The charter is not the one of the permit that was agreed to.");
  if (member("approvals") === undefined) throw malformed("The approvals of an agreed permit are not there.");
  checkApprovals({
    approvals: member("approvals"), permit: other, charter: found.charterFrom(bytes), trust: found.trust, event, events: found.events,
    templates: false,
  });
}

/** `found` has members, permit, events, trust and a way to read a charter under the statements that count. */
export function checkAgreed(found, session) {
  const released = found.events.filter((event) => event.event === "SessionReleased" && event.session === session);
  must(released.every((event) => event.permit === found.permit.id), "released_other", "The session went on under another permit.");
  const named = new Set(released.map((event) => event.agreed));
  for (const name of found.members.keys()) {
    if (name.startsWith("agreed/")) must(named.has(NAME.exec(name)?.[1]), "agreed_strange", `${name} belongs to nothing.`);
  }
  needs(found.trust.there, "trust_missing", "The trust file is not enclosed.");
  found.trust.read();
  for (const event of released) if (event.hold === "state") checkOne(found, event);
}
