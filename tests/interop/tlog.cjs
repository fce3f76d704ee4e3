// Asks an independent implementation of signed notes, checkpoints and inclusion proofs (@sigstore/verify) about ours.
// stdin: {"key": SPKI in base64, "keyId": hex, "origin": …, "cases": [{"checkpoint", "index", "leaf", "path"}, …]}
// stdout: for each case the size that it found signed and the leaf in, or why it did not.
"use strict";
const { createPublicKey } = require("node:crypto");
const path = require("node:path");
const dist = path.join(path.dirname(require.resolve("@sigstore/verify/package.json")), "dist", "tlog");
const { verifyCheckpoint } = require(path.join(dist, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(dist, "merkle.js"));

const asked = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const key = createPublicKey({ key: Buffer.from(asked.key, "base64"), format: "der", type: "spki" });
const log = { logID: Buffer.from(asked.keyId, "hex"), baseURL: asked.origin, publicKey: key };

function judged({ checkpoint, index, leaf, path: hashes }) {
  const inclusionProof = {
    checkpoint: { envelope: checkpoint },
    logIndex: String(index),
    hashes: hashes.map((one) => Buffer.from(one, "base64")),
  };
  try {
    const head = verifyCheckpoint({ inclusionProof }, [log]);
    verifyMerkleInclusion({ inclusionProof, canonicalizedBody: Buffer.from(leaf, "base64") }, head);
    return { origin: head.origin, size: Number(head.logSize) };
  } catch (error) {
    return { fault: error.message };
  }
}

process.stdout.write(JSON.stringify(asked.cases.map(judged)));
