/** Devices that answer blocks of registers at fixed places: reads them in turn; what they say is put together by the device's own driver. */
import type { Value } from '../../model.ts';
import { type ModbusBus, ModbusError, type ModbusTarget } from '../../ports/modbus-types.ts';
import type { ReadContext } from '../driver.ts';
import { type ModbusOptions, settingsOf, targetOf } from './modbus-options.ts';
import type { RegisterKind } from './registers.ts';

export interface RegisterBlock {
  readonly kind: RegisterKind;
  /** As it travels, from 0. */
  readonly address: number;
  /** Words or bits. */
  readonly count: number;
  /** Not known to every firmware: once it is refused it is asked for no more, until the port is opened again. */
  readonly optional?: true;
  /** Does not change while the device lives: asked for once. */
  readonly once?: true;
}
/** Words of the blocks that the device gave, bits as 0 and 1. */
export type BlockAnswers = ReadonlyMap<RegisterBlock, readonly number[]>;
type Row = Record<string, Value>;

export interface BlockDevice {
  readonly blocks: readonly RegisterBlock[];
  /** Lowest number that a device may bear on a line. */
  readonly firstUnit: 0 | 1;
  /** What to check, besides the line itself, when no sound answer comes. */
  readonly mend: string;
  decode(answers: BlockAnswers): Row;
}

const NOT_KNOWN: ReadonlySet<number | undefined> = new Set([1, 2, 3]);

/** One reading every period. Throws ModbusError for silence, damage, and a refusal of what is not optional. Writes nothing. */
export async function* readBlocks(
  device: BlockDevice,
  { options: o, ports, clock, signal }: ReadContext<ModbusOptions>,
): AsyncGenerator<Row> {
  await using bus = await ports.modbus.open(settingsOf(o, device.firstUnit), signal);
  const due = new Set(device.blocks);
  const kept = new Map<RegisterBlock, readonly number[]>();
  for (;;) {
    const answers = new Map(kept);
    for (const block of due) {
      const words = await ask(bus, targetOf(o), block).catch((error: unknown) => refused(block, error, device.mend));
      if (words !== undefined) answers.set(block, words);
      if (words !== undefined && block.once === true) kept.set(block, words);
      if (words === undefined || block.once === true) due.delete(block);
    }
    yield device.decode(answers);
    await clock.sleep(o.period_s * 1000, signal);
  }
}

/** Nothing for an optional block that the firmware does not know; rethrows everything else, with what to check. */
function refused({ optional, address }: RegisterBlock, error: unknown, mend: string): undefined {
  if (!(error instanceof ModbusError) || error.fault === 'gone') throw error;
  if (error.fault !== 'exception') {
    const both = error.mend === undefined ? mend : `${error.mend}; ${mend}`;
    throw new ModbusError(error.fault, error.message, { mend: both, cause: error });
  }
  if (optional === true && NOT_KNOWN.has(error.code)) return undefined;
  const problem = `${error.message} the registers from 0x${address.toString(16)}`;
  throw new ModbusError('exception', problem, { mend, cause: error, ...(error.code !== undefined && { code: error.code }) });
}

/** The words or bits of a block. Throws ModbusError. */
export async function ask(
  bus: ModbusBus,
  target: ModbusTarget,
  { kind, address, count }: Pick<RegisterBlock, 'kind' | 'address' | 'count'>,
): Promise<readonly number[]> {
  switch (kind) {
    case 'holding':
      return bus.readHolding(target, address, count);
    case 'input':
      return bus.readInput(target, address, count);
    case 'coil':
      return (await bus.readCoils(target, address, count)).map(Number);
    case 'discrete':
      return (await bus.readDiscrete(target, address, count)).map(Number);
  }
}

/** Bytes of words, as they came. */
export function viewOf(words: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(2 * words.length));
  for (const [i, word] of words.entries()) view.setUint16(2 * i, word);
  return view;
}
