import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/broker/**', 'test/kernel/**', 'test/core/**', 'test/faults/**', 'node_modules/**'],
    testTimeout: 60_000,
    // Both processors of the smallest machine that runs this.
    maxWorkers: '100%',
    pool: 'forks',
  },
});
