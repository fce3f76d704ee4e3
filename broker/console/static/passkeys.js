// WebAuthn: begin at the server, ask the authenticator, hand its answer back. Nothing is decided here.
"use strict";
(() => {
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const problem = document.querySelector("[data-passkey-problem]");

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const send = async (path, body) => {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-penstock-csrf": csrf },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error([said.detail, said.remedy].filter(Boolean).join(" "));
    return said;
  };

  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    });
    return {
      id: made.id, rawId: text(made.rawId), type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
      },
    };
  };

  const get = async (options) => {
    const shown = await navigator.credentials.get({
      publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) },
    });
    return {
      id: shown.id, rawId: text(shown.rawId), type: shown.type,
      response: {
        clientDataJSON: text(shown.response.clientDataJSON),
        authenticatorData: text(shown.response.authenticatorData),
        signature: text(shown.response.signature),
        userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null,
      },
    };
  };

  const ceremonies = {
    "sign-in": async (button) => {
      const { ceremony, options } = await send("/sign-in/passkey/begin", {});
      const credential = await get(options);
      return send("/sign-in/passkey/finish", { ceremony, credential, next: button.dataset.next });
    },
    register: async () => {
      const label = document.querySelector('[data-passkey-form] [name="label"]').value;
      const { ceremony, options } = await send("/passkeys/begin", {});
      const credential = await create(options);
      return send("/passkeys/finish", { ceremony, credential, label });
    },
    approve: async (button) => {
      const { permit, right, shown } = button.dataset;
      const typed = document.getElementById("typed")?.value.trim();
      const reason = document.getElementById("settle-reason")?.value.trim()
        ?? document.getElementById("glass-reason")?.value.trim();
      const { ceremony, options } = await send(`/permits/${permit}/approve/begin`, { right, typed });
      const credential = await get(options);
      return send(`/permits/${permit}/approve/passkey`, { ceremony, right, shown, credential, reason });
    },
  };

  ceremonies.charter = async (button) => {
    const { digest, impact } = button.dataset;
    const { ceremony, options } = await send("/charter/sign/begin", { digest, impact });
    const credential = await get(options);
    return send("/charter/sign/passkey", { ceremony, digest, credential });
  };

  ceremonies.attest = async (button) => {
    const { subject } = button.dataset;
    const { ceremony, options, statement } = await send("/voids/attest/begin", { subject });
    const credential = await get(options);
    return send("/voids/attest/passkey", { ceremony, statement, credential });
  };

  ceremonies.standing = async (button) => {
    const { template, right } = button.dataset;
    const { ceremony, options, statement } = await send(`/standing/${template}/sign/begin`, { right });
    const credential = await get(options);
    return send(`/standing/${template}/sign/passkey`, { ceremony, statement, credential });
  };

  ceremonies.device = async (button) => {
    const { code } = button.dataset;
    const { ceremony, options } = await send("/device/begin", { code });
    const credential = await get(options);
    return send("/device/confirm", { ceremony, code, credential });
  };

  ceremonies.review = async (button) => {
    const { permit } = button.dataset;
    const finding = button.closest("form").elements.finding.value.trim();
    if (!finding) throw new Error(penstockSays("no_finding"));
    const { ceremony, options, statement } = await send(`/plant/break-glass/${permit}/review/begin`, { finding });
    const credential = await get(options);
    return send(`/plant/break-glass/${permit}/review/passkey`, { ceremony, statement, credential });
  };

  ceremonies.keeping = async (button) => {
    const { deed, ask } = button.dataset;
    const fields = button.closest("form").elements;
    const subject = button.dataset.subject ?? fields.subject.value.trim();
    const reason = fields.reason?.value.trim() ?? "";
    if (fields.reason && !reason) throw new Error(penstockSays("no_reason"));
    const { ceremony, options, statement } = await send("/retention/sign/begin", { deed, subject, reason, ask });
    const credential = await get(options);
    return send("/retention/sign/passkey", { ceremony, statement, credential });
  };

  // Whoever is let in to an asset by this browser: their page takes it from there.
  const letIn = (element, said) =>
    element.dispatchEvent(new CustomEvent("penstock:let-in", { bubbles: true, detail: said }));

  ceremonies.browse = async (button) => {
    const { permit, purpose } = button.dataset;
    const { ceremony, opening, options } = await send(`/permits/${permit}/browse/begin`, { purpose });
    const credential = await get(options);
    letIn(button, await send(`/permits/${permit}/browse/passkey`, { purpose, opening, ceremony, credential }));
    return {};
  };

  ceremonies.release = async (button) => {
    const { file } = button.dataset;
    const fields = button.closest("form").elements;
    const reason = fields.reason.value.trim();
    if (!reason) throw new Error(penstockSays("no_reason"));
    const any_permit = fields.any_permit.checked ? "yes" : "no";
    const { ceremony, options, statement } = await send(`/files/${file}/release/begin`, { reason, days: fields.days.value, any_permit });
    const credential = await get(options);
    return send(`/files/${file}/release/passkey`, { ceremony, statement, credential });
  };

  const say = (error) => {
    const cancelled = error.name === "NotAllowedError";
    problem.textContent = cancelled ? penstockSays("passkey_not_used") : error.message;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  };

  // A page has them disabled, and they are so until here: pressed before, they would do nothing, or send a code in an address.
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.disabled = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      problem.hidden = true;
      try {
        if (!window.PublicKeyCredential) throw new Error(penstockSays("no_passkeys"));
        const { next } = await ceremonies[button.dataset.passkey](button);
        if (next) location.assign(next);
      } catch (error) {
        say(error);
      } finally {
        button.disabled = false;
      }
    });
  }

  for (const form of document.querySelectorAll("form[data-browse]")) {
    form.querySelector("button").disabled = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { permit, browse } = form.dataset;
      const code = form.elements.code.value;
      form.elements.code.value = "";
      problem.hidden = true;
      try {
        letIn(form, await send(`/permits/${permit}/browse/code`, { purpose: browse, code }));
      } catch (error) {
        say(error);
      }
    });
  }
})();
