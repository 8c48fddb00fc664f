/** For the laboratory: SIGUSR2 stops the event loop for two seconds, as a long computation or a stuck driver would. */
process.on('SIGUSR2', () => {
  const until = performance.now() + 2_000;
  while (performance.now() < until);
});
