/** A Green-BMS SmartBMS in memory that tells its pages line by line. */
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { serialDevice } from './serial-device.ts';

// Lines as the public firmware 3.s.2.01 writes them (SmartBMS of Green-BMS, CC BY-SA): format from its source, values synthetic.
export const PACK = '$#g00152.9$#g002-23$#g00385$#g0043.32$#g0053.29$#g0062$';

export const cellLine = (k: number, volts = ['3.31', '3.30'], flags = '000000'): string => {
  const one = (n: number, v: string): string => {
    const id = String(n).padStart(3, '0');
    return `$#v${id}${v}$#t${id}21$#u${id}24$#z${id}${flags}`;
  };
  return `${one(k, volts[0] ?? '')}${one(k + 1, volts[1] ?? '')}$`;
};

/** A controller as its firmware behaves: a page is told line by line every 400 ms, until 15 s pass without a new life number. */
export function controller(cells = 16, mangle: (line: string) => string = (line) => line, clock: VirtualClock = virtualClock()) {
  const all: string[] = [];
  const state = { page: 0, overview: false, at: 0, life: 0, seen: -1, alarm: '0' };
  const device = serialDevice(
    (request) => {
      for (const command of Buffer.from(request).toString('latin1').split('\r\n')) {
        if (command === '') continue;
        all.push(command);
        if (command.startsWith('#s')) state.page = Number(command.slice(2));
        if (command === '#h1') state.overview = true;
        if (command === '#h0') state.overview = false;
        if (command.startsWith('#m')) state.life = Number(command.slice(2));
      }
      return undefined;
    },
    0,
    clock,
  );
  const send = (line: string): void => device.wire.send(Buffer.from(`${mangle(line)}\r\n`, 'latin1'), 9600);
  const tick = (): void => {
    if (state.page === 2) send(state.overview ? `$#p012100$#p014${cells}$` : PACK.replace('52.9', (cells * 3.305).toFixed(1)));
    if (state.page === 3) {
      send(cellLine(state.at * 2 + 1));
      state.at = (state.at + 1) % Math.ceil(cells / 2);
    }
    device.clock.after(400, tick);
  };
  const slow = (): void => {
    send(`$#i00012$#i001${state.alarm}$`);
    device.clock.after(5000, slow);
  };
  const watchdog = (): void => {
    if (state.life === state.seen) state.page = 0;
    state.seen = state.life;
    device.clock.after(15_000, watchdog);
  };
  for (const start of [tick, slow, watchdog]) start();
  return { ...device, all, state };
}
