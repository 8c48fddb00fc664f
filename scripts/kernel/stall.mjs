/** For the laboratory: SIGUSR2 stops the event loop, as a long computation or a stuck driver would: two seconds, or those in /tmp/stall. */
import { existsSync, readFileSync } from 'node:fs';

process.on('SIGUSR2', () => {
  const seconds = existsSync('/tmp/stall') ? Number(readFileSync('/tmp/stall', 'utf8')) : 2;
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until);
});
