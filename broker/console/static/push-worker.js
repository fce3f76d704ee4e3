// Shows a notice that came while no page was open, and opens its page. It decides nothing and keeps nothing.
"use strict";
self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // an empty push: something waits, and the console says what
  }
  event.waitUntil(self.registration.showNotification(told.title || "Penstock", {
    tag: told.tag || "penstock",
    data: { link: told.link || "/told" },
    requireInteraction: told.urgent === true,
    icon: "/static/mark.svg",
  }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data.link, self.location.origin);
  // Only ever a page of this very console, whatever a message says.
  event.waitUntil(self.clients.openWindow(link.origin === self.location.origin ? link.href : "/told"));
});
