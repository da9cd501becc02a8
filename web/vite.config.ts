import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// @rjsf/validator-ajv8 is a development dependency only because a test helper inside @rjsf/core names it; nothing of it is in the bundle,
// which `src/form/matcher.ts` serves instead.
// The server sends a strict Content-Security-Policy: nothing inline, nothing from elsewhere. So no polyfill script and no data: fonts.
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": process.env.QIANHAI_URL ?? "http://127.0.0.1:8080" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
