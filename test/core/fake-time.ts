/** Another time for Core, through libfaketime: an hour, or five minutes, pass while it restarts. */

/** The environment that makes Core believe it is now this moment (wall ms). */
export function clockAt(wallMs: number): Record<string, string> {
  return {
    LD_PRELOAD: 'libfaketime.so.1',
    LD_LIBRARY_PATH: '/usr/lib/x86_64-linux-gnu/faketime:/usr/lib/aarch64-linux-gnu/faketime',
    FAKETIME: `+${((wallMs - Date.now()) / 1000).toFixed(3)}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // Else libfaketime takes the deadlines of Python's waits for the lock of its interpreter for long past: threads spin, all is ten times slower.
    FAKETIME_FORCE_MONOTONIC_FIX: '0',
  };
}
