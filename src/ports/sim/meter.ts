/** A single-phase Linky in standard mode on an off-peak contract: the house's meter as TIC frames. */
import type { MeterState } from './house.ts';
import { ticFrame, type WrittenGroup } from './tic-writer.ts';

const ADSC = '061234567890'; // synthetic
const PREF_KVA = 6;

/** The frame that the meter sends at this moment. */
export function meterFrame(meter: MeterState, wallMs: number): Uint8Array {
  const now = horodate(wallMs);
  const index = (value: number): string => String(value).padStart(9, '0');
  const power = (value: number): string => String(Math.min(99_999, value)).padStart(5, '0');
  const unused = (labels: readonly string[]): WrittenGroup[] => labels.map((label) => ({ label, data: index(0) }));
  const tariff = meter.offPeakNow ? 1 : 2;
  const over = meter.va > PREF_KVA * 1000 ? 0x80 : 0;
  const status = 0x003a0000 | ((tariff - 1) << 10) | ((tariff - 1) << 14) | over | 1;
  return ticFrame('standard', [
    { label: 'ADSC', data: ADSC },
    { label: 'VTIC', data: '02' },
    { label: 'DATE', horodate: now, data: '' },
    { label: 'NGTF', data: 'H PLEINE/CREUSE '.padEnd(16) },
    { label: 'LTARF', data: (meter.offPeakNow ? 'HEURE  CREUSE' : 'HEURE  PLEINE').padEnd(16) },
    { label: 'EAST', data: index(meter.offPeakWh + meter.peakWh) },
    { label: 'EASF01', data: index(meter.offPeakWh) },
    { label: 'EASF02', data: index(meter.peakWh) },
    ...unused(['EASF03', 'EASF04', 'EASF05', 'EASF06', 'EASF07', 'EASF08', 'EASF09', 'EASF10']),
    { label: 'EASD01', data: index(meter.offPeakWh) },
    { label: 'EASD02', data: index(meter.peakWh) },
    ...unused(['EASD03', 'EASD04']),
    { label: 'IRMS1', data: String(meter.amps).padStart(3, '0') },
    { label: 'URMS1', data: String(meter.volts).padStart(3, '0') },
    { label: 'PREF', data: String(PREF_KVA).padStart(2, '0') },
    { label: 'PCOUP', data: String(PREF_KVA).padStart(2, '0') },
    { label: 'SINSTS', data: power(meter.va) },
    { label: 'SMAXSN', horodate: now, data: power(meter.maxTodayVa) },
    { label: 'STGE', data: status.toString(16).toUpperCase().padStart(8, '0') },
    { label: 'MSG1', data: 'PAS DE          MESSAGE'.padEnd(32) },
    { label: 'PRM', data: '12345678901234' },
    { label: 'RELAIS', data: '000' },
    { label: 'NTARF', data: String(tariff).padStart(2, '0') },
    { label: 'NJOURF', data: '00' },
    { label: 'NJOURF+1', data: '00' },
    { label: 'PJOURF+1', data: ['00008001', '06008002', '22008001', ...Array.from({ length: 8 }, () => 'NONUTILE')].join(' ') },
  ]);
}

/** Legal time with the winter letter all year: the receiver only needs letter and digits to agree. */
function horodate(wallMs: number): string {
  const local = new Date(wallMs + 3_600_000).toISOString();
  return `H${local.slice(2, 19).replace(/[-T:]/g, '')}`;
}
