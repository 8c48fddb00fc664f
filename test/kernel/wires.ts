/** What the host plays on the guest's serial wires. */
import type { Socket } from 'node:net';
import { ticFrame, type WrittenGroup } from '../../src/ports/sim/tic-writer.ts';

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
