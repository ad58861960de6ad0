import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` sends API calls: a running firstmate or the mock server.
const backend = process.env.FM_BACKEND ?? 'http://127.0.0.1:8080';
const proxied = ['/api', '/health', '/metrics'];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // A data: URL in a style sheet is one more thing for the policy to allow.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    manifest: true,
  },
  server: { host: '127.0.0.1', proxy: Object.fromEntries(proxied.map((path) => [path, backend])) },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 90_000,
  },
});
