// Subscribing this browser to notices. What it is told is decided on the server; here it only says where it is.
"use strict";
(() => {
  const button = document.querySelector("[data-push]");
  if (!button) return;
  const problem = document.querySelector("[data-push-problem]");
  const say = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    button.disabled = true;
    say(penstockSays("no_push"));
    return;
  }

  const key = () => {
    const plain = atob(button.dataset.push.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  };

  // Its scope is its own folder: it sees no page, and answers no request.
  const worker = async () => {
    const here = await navigator.serviceWorker.register("/static/push-worker.js");
    const young = here.installing || here.waiting;
    if (!here.active && young) {
      await new Promise((done) => {
        young.addEventListener("statechange", () => { if (young.state === "activated") done(); });
      });
    }
    return here;
  };

  const subscribe = async () => {
    if ((await Notification.requestPermission()) !== "granted") throw new Error(penstockSays("push_not_allowed"));
    const here = await worker().catch(() => { throw new Error(penstockSays("no_push")); });
    let made;
    try {
      made = await here.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key() });
    } catch {
      throw new Error(penstockSays("push_not_reached"));
    }
    const label = navigator.userAgentData?.platform || navigator.platform || "";
    const answer = await fetch("/told/browsers", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "x-penstock-csrf": document.querySelector('meta[name="csrf"]').content,
      },
      body: JSON.stringify({ ...made.toJSON(), label }),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error([said.detail, said.remedy].filter(Boolean).join(" "));
    location.assign(said.next);
  };

  button.addEventListener("click", () => {
    button.disabled = true;
    say("");
    subscribe().catch((error) => {
      button.disabled = false;
      say(error.message);
    });
  });
})();
