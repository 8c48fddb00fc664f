/** Reads registers in blocks and learns which ones a unit refuses: a hole in a block makes many units refuse the whole block. */
import { type ModbusBus, ModbusError, type ModbusTarget } from '../../ports/modbus-types.ts';
import { ask } from './modbus-blocks.ts';
import { type Register, type RegisterKind, wordsOf } from './registers.ts';

export interface ReaderOptions {
  readonly bus: ModbusBus;
  readonly target: ModbusTarget;
  /** Longest block in words (at most 125). */
  readonly maxWords: number;
  /** Registers nobody asked for that may lie inside a block. */
  readonly maxGap: number;
}
export interface RegisterReader<R extends Register> {
  /** The words of every register that the unit gives. Throws ModbusError for anything but a refusal to give some of them. */
  read(): Promise<Map<R, readonly number[]>>;
}

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;

/**
 * What is learnt lasts as long as the reader. A refused block is halved until what is refused is a single value, which is then
 * no longer asked for; the halves that answer stay blocks.
 */
export function createReader<R extends Register>(registers: readonly R[], options: ReaderOptions): RegisterReader<R> {
  let blocks = blocksOf(registers, options);
  return {
    async read() {
      const words = new Map<R, readonly number[]>();
      const learnt: R[][] = [];
      const waiting = [...blocks];
      for (let block = waiting.shift(); block !== undefined; block = waiting.shift()) {
        try {
          await readBlock(block, words, options);
          learnt.push(block);
        } catch (error) {
          waiting.unshift(...withoutRefused(block, error));
        }
      }
      blocks = learnt;
      return words;
    },
  };
}

/** What is still worth asking after a refusal; rethrows whatever is none. */
function withoutRefused<R extends Register>(block: R[], error: unknown): R[][] {
  if (!(error instanceof ModbusError) || error.fault !== 'exception') throw error;
  if (error.code === ILLEGAL_FUNCTION) return [];
  if (error.code !== ILLEGAL_ADDRESS && error.code !== ILLEGAL_VALUE) throw error;
  if (block.length === 1) return [];
  const half = Math.ceil(block.length / 2);
  return [block.slice(0, half), block.slice(half)];
}

function blocksOf<R extends Register>(registers: readonly R[], { maxWords, maxGap }: ReaderOptions): R[][] {
  const blocks: R[][] = [];
  let [kind, start, end]: [RegisterKind | undefined, number, number] = [undefined, 0, 0];
  for (const register of registers.toSorted((a, b) => a.kind.localeCompare(b.kind) || a.address - b.address)) {
    const own = register.address + wordsOf(register);
    const fits = register.kind === kind && register.address <= end + maxGap && Math.max(own, end) - start <= maxWords;
    if (fits) blocks.at(-1)?.push(register);
    else {
      blocks.push([register]);
      [kind, start, end] = [register.kind, register.address, 0];
    }
    end = Math.max(end, own);
  }
  return blocks;
}

async function readBlock<R extends Register>(block: readonly R[], words: Map<R, readonly number[]>, options: ReaderOptions): Promise<void> {
  const [first] = block;
  if (first === undefined) return;
  const end = Math.max(...block.map((register) => register.address + wordsOf(register)));
  const all = await ask(options.bus, options.target, { kind: first.kind, address: first.address, count: end - first.address });
  for (const register of block) {
    const at = register.address - first.address;
    words.set(register, all.slice(at, at + wordsOf(register)));
  }
}
