import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    outDir: 'dist',
    target: 'es2022',
    // The server's Content-Security-Policy allows files of its own only, so nothing may be inlined as a data: URL.
    assetsInlineLimit: 0,
    // The polyfill would be a second script for browsers that cannot run a call anyway.
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm run dev` serves the page and hands signalling to a server started with `cargo run`.
    proxy: { '/socket.io': { target: 'http://127.0.0.1:4000', ws: true } },
  },
});
