import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/broker/**/*.test.ts'], testTimeout: 60_000, pool: 'forks', fileParallelism: false },
});
