/** YAML text to data that still knows where in the file each thing stands. */
import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';

export interface Place {
  readonly line: number;
  readonly column: number;
}
export interface Parsed {
  readonly value: unknown;
  /** Where the value at this path stands, or the nearest thing above it. */
  placeOf(path: readonly (string | number)[]): Place;
  /** Where this key of the map at the path stands. */
  placeOfKey(path: readonly (string | number)[], key: string): Place;
  /** What is wrong with the YAML itself. */
  readonly faults: readonly (Place & { readonly text: string })[];
}

const MAX_BYTES = 1_000_000;

/** Never throws: what cannot be read is among the faults. */
export function parseYaml(text: string): Parsed {
  const top: Place = { line: 1, column: 1 };
  const unreadable = (fault: string): Parsed => ({
    value: undefined,
    placeOf: () => top,
    placeOfKey: () => top,
    faults: [{ ...top, text: fault }],
  });
  if (text.length > MAX_BYTES) return unreadable('the file is larger than 1 MB');
  const lines = new LineCounter();
  const at = (offset: number | undefined): Place => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false });
  const faults = doc.errors.map((error) => ({ ...at(error.pos[0]), text: (error.message.split('\n')[0] ?? '').replace(/\.$/, '') }));
  let value: unknown;
  try {
    value = doc.toJS({ maxAliasCount: 50 });
  } catch (error) {
    if (faults.length === 0) faults.push({ ...top, text: error instanceof Error ? error.message : String(error) });
  }
  const nodeAt = (path: readonly (string | number)[]): Node | undefined => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? doc.contents : doc.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node;
    }
    return undefined;
  };
  return {
    value,
    faults,
    placeOf: (path) => at(nodeAt(path)?.range?.[0]),
    placeOfKey(path, key) {
      const node = path.length === 0 ? doc.contents : doc.getIn(path, true);
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;
      return at((isScalar(pair?.key) ? pair.key : nodeAt(path))?.range?.[0]);
    },
  };
}
