/** Another time for Core, through libfaketime: an hour, or five minutes, pass while it restarts. */

/** The environment that makes Core believe it is now this moment (wall ms). */
export function clockAt(wallMs: number): Record<string, string> {
  return {
    LD_PRELOAD: 'libfaketime.so.1',
    LD_LIBRARY_PATH: '/usr/lib/x86_64-linux-gnu/faketime:/usr/lib/aarch64-linux-gnu/faketime',
    FAKETIME: `+${((wallMs - Date.now()) / 1000).toFixed(3)}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
