// Installed with the site, so that a lost connection is answered by a page of ours. The address that registers this sets
// SHELL = {version, offline, files}. No page that names anybody and no photograph is ever kept: only the page that says
// that there is no connection, and the files that it shows.
(() => {
  "use strict";

  const { version, offline, files } = self.SHELL;
  const PREFIX = "shell-";
  const NAME = PREFIX + version;
  const kept = new Set(files);

  async function fill() {
    const cache = await caches.open(NAME);
    // Without cookies: what is kept is a visitor's page, whoever is signed in.
    const requests = [offline, ...files].map((address) => new Request(address, { credentials: "omit", cache: "no-cache" }));
    await cache.addAll(requests);
    await self.skipWaiting();
  }

  async function forgetOlder() {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
    await self.clients.claim();
  }

  const fromShell = async (address) => (await (await caches.open(NAME)).match(address)) ?? Response.error();

  self.addEventListener("install", (event) => event.waitUntil(fill()));
  self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== self.location.origin) {
      return;
    }
    if (request.mode === "navigate") {
      event.respondWith(fetch(request).catch(() => fromShell(offline)));
    } else if (kept.has(pathname)) {
      event.respondWith(caches.match(pathname, { cacheName: NAME }).then((found) => found ?? fetch(request)));
    }
  });
})();
