import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/broker/**', 'test/kernel/**', 'test/core/**', 'test/faults/**', 'node_modules/**'],
    testTimeout: 30_000,
    pool: 'forks',
  },
});
