import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    testTimeout: process.env.FAULTS_LONG === '1' ? 2_000_000 : 600_000,
    hookTimeout: 60_000,
    maxWorkers: '100%',
    pool: 'forks',
  },
});
