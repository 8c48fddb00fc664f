import { defineConfig } from 'vitest/config';

/** The soak takes twenty minutes: only in the long variant. */
const exclude = process.env.LAB_LONG === '1' ? [] : ['test/kernel/soak.test.ts'];

export default defineConfig({
  test: {
    include: ['test/kernel/**/*.test.ts'],
    exclude,
    testTimeout: 300_000,
    hookTimeout: 180_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
