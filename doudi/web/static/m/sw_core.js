// The service worker: puts the shell away and opens it without signal. It never answers for the server: /m/api/ goes
// through untouched, so nothing about anybody is ever in its store.
const { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, NavigationRoute, registerRoute } = self.workbox;

// Kept answers say on what they vary; the shell is the same for everybody, and with the header it would not be found again.
addPlugins([
  {
    cacheWillUpdate: async ({ response }) => {
      if (!response || response.status !== 200) return null;
      const headers = new Headers(response.headers);
      headers.delete("Vary");
      return new Response(await response.blob(), { status: 200, headers });
    },
  },
]);
precacheAndRoute(self.FILES);
cleanupOutdatedCaches();
registerRoute(new NavigationRoute(createHandlerBoundToURL("/m/"), { allowlist: [/^\/m\/$/, /^\/m\/\?/] }));

// Only on the reader's word. A new release waits until then, or until every page is closed.
self.addEventListener("message", (event) => {
  if (event.data && event.data.type === "TAKE_OVER") self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
