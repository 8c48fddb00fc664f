import { defineConfig } from 'vitest/config';

const NEVER = ['test/broker/**', 'test/kernel/**', 'test/core/**', 'test/faults/**', 'node_modules/**'];
/** What starts programs, opens sockets, loads native code or measures its memory: each file in a process of its own. */
const ALONE = [
  'test/ports/**/*.test.ts',
  'test/store/**/*.test.ts',
  'test/doctor/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/web/**/*.test.ts',
  'test/main*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/drivers/pulse.test.ts',
  'test/drivers/lib/tic-frame.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    // Both processors of the smallest machine that runs this.
    maxWorkers: '100%',
    pool: 'forks',
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, exclude: NEVER } },
      // No module keeps anything that another file could notice, so these share two processes and what is loaded there.
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: [...NEVER, ...ALONE], isolate: false } },
    ],
  },
});
