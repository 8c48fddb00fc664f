/** What the host plays on the guest's serial wires. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { ticFrame, type WrittenGroup } from '../../src/ports/sim/tic-writer.ts';
import { answerOf, recordedRegisters } from '../drivers/epever-unit.ts';

/** A standard frame, single-phase; synthetic. */
export function linkyFrame(powerVa: number, energyWh: number): Uint8Array {
  const groups: WrittenGroup[] = [
    { label: 'ADSC', data: '061234567890' },
    { label: 'VTIC', data: '02' },
    { label: 'EAST', data: String(energyWh).padStart(9, '0') },
    { label: 'EASF01', data: String(energyWh).padStart(9, '0') },
    ...Array.from({ length: 9 }, (_, i) => ({ label: `EASF${String(i + 2).padStart(2, '0')}`, data: '000000000' })),
    { label: 'URMS1', data: '231' },
    { label: 'IRMS1', data: String(Math.round(powerVa / 231)).padStart(3, '0') },
    { label: 'PREF', data: '09' },
    { label: 'PCOUP', data: '09' },
    { label: 'SINSTS', data: String(powerVa).padStart(5, '0') },
    { label: 'STGE', data: '003A0000' },
  ];
  return ticFrame('standard', groups);
}

/** A historic frame, single-phase, base option; synthetic. */
export function historicFrame(powerVa: number, energyWh: number): Uint8Array {
  return ticFrame('historic', [
    { label: 'ADCO', data: '061234567890' },
    { label: 'OPTARIF', data: 'BASE' },
    { label: 'ISOUSC', data: '45' },
    { label: 'BASE', data: String(energyWh).padStart(9, '0') },
    { label: 'PTEC', data: 'TH..' },
    { label: 'IINST', data: String(Math.round(powerVa / 230)).padStart(3, '0') },
    { label: 'IMAX', data: '090' },
    { label: 'PAPP', data: String(powerVa).padStart(5, '0') },
    { label: 'HHPHC', data: 'A' },
    { label: 'MOTDETAT', data: '000000' },
  ]);
}

/** Sends a frame each second until stopped. */
export function playFrames(socket: Socket, frame: () => Uint8Array, everyMs = 1_000): () => void {
  const timer = setInterval(() => socket.write(frame()), everyMs);
  return () => clearInterval(timer);
}

/** A recorded Tracer 2215BN answers on the line (source: test/fixtures/epever). */
export function playEpever(socket: Socket): void {
  const words = recordedRegisters('tracer2215bn-monitor');
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    // Questions of functions 1 to 4 have eight bytes.
    rest = Buffer.concat([rest, bytes]);
    for (; rest.length >= 8; rest = rest.subarray(8)) socket.write(answerOf(rest.subarray(0, 8), words));
  });
}

/** A recorded JBD SP04S034 answers (syssi/esphome-jbd-bms docs/pdus, Apache-2.0). */
export function playJbd(socket: Socket): void {
  const basic = 'DD03001D0618000001F201F400002C7C00000000000080640304030B8B0B8A0B84FA8D77';
  const cells = 'DD0400080F450F3D0F370F3DFEC677';
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (; rest.length >= 7; rest = rest.subarray(7)) {
      const answer = rest[2] === 3 ? basic : rest[2] === 4 ? cells : undefined;
      if (answer !== undefined) socket.write(Buffer.from(answer, 'hex'));
    }
  });
}

/** Shell that sends a recording of `test/fixtures/can` over and over on an interface. */
export function canLoop(name: string, device: string): string {
  const frames = readFileSync(`test/fixtures/can/${name}.candump`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, id, data] = /^\S+\s+([0-9A-F]+)\s+\[\d+\]\s*([0-9A-F ]*)$/.exec(line.trim()) ?? [];
      return id === undefined ? [] : [`cansend ${device} ${id}#${(data ?? '').replaceAll(' ', '')}`];
    });
  return `cat > /tmp/${device}.sh <<'END'\nwhile :; do\n${frames.join('\n')}\nusleep 300000\ndone\nEND\nsetsid sh /tmp/${device}.sh >/dev/null 2>&1 </dev/null & echo`;
}
