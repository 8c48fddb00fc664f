/** Devices that are nothing but a table of registers: their entities and their reading follow from the table. */
import { DeviceError, type Entity, type Value } from '../../model.ts';
import type { ReadContext } from '../driver.ts';
import { type ModbusOptions, settingsOf, targetOf } from './modbus-options.ts';
import { createReader, type ReaderOptions } from './modbus-reader.ts';
import { type Register, type Scaling, scaledValue } from './registers.ts';

export interface MappedRegister extends Register, Scaling {
  readonly key: string;
  readonly entity: Entity;
  /** One bit of the word (0 is the lowest): yes or no. */
  readonly bit?: number;
}
export type MapEntities = Readonly<Record<string, Entity>>;
type Blocks = Pick<ReaderOptions, 'maxWords' | 'maxGap'>;

/** Says how many registers of the table the unit refuses: a slip in the table is seen, not only missing values. */
export const REFUSED_KEY = 'refused_registers';
const REFUSED: Entity = {
  name: { en: 'Registers refused', fr: 'Registres refusés' },
  quantity: 'count',
  decimals: 0,
  diagnostic: true,
};

export function mapEntities(registers: readonly MappedRegister[]): MapEntities {
  return { ...Object.fromEntries(registers.map(({ key, entity }) => [key, entity])), [REFUSED_KEY]: REFUSED };
}

/** Reads the whole table every period. Throws DeviceError when the unit refuses all of it. */
export async function* readMap(
  registers: readonly MappedRegister[],
  blocks: Blocks,
  { options: o, ports, clock, signal }: ReadContext<ModbusOptions>,
): AsyncGenerator<Record<string, Value>> {
  await using bus = await ports.modbus.open(settingsOf(o), signal);
  const reader = createReader(registers, { bus, target: targetOf(o), ...blocks });
  for (;;) {
    const answers = await reader.read();
    if (answers.size === 0) {
      const mend = 'Check the unit number, the addresses (they count from 0) and the kind of the registers';
      throw new DeviceError(`unit ${o.unit} refuses all registers that were asked for`, { mend });
    }
    yield { ...mapValues(answers), [REFUSED_KEY]: registers.length - answers.size };
    await clock.sleep(o.period_s * 1000, signal);
  }
}

/** What the unit refused has no key; what is no number or out of bounds is unknown. */
export function mapValues(answers: ReadonlyMap<MappedRegister, readonly number[]>): Record<string, Value> {
  return Object.fromEntries([...answers].map(([register, words]) => [register.key, read(register, words)]));
}

function read(register: MappedRegister, words: readonly number[]): Value {
  if (register.bit !== undefined) return (((words[0] ?? 0) >> register.bit) & 1) === 1;
  if (register.type === 'bit') return words[0] === 1;
  return scaledValue(words, register);
}
