import { expect, test } from 'vitest';
import { createLog } from '../src/log.ts';

function lines(secrets: readonly string[], messages: readonly string[]): string[] {
  const written: string[] = [];
  const log = createLog({ level: 'info', secrets, wallMs: () => 0, write: (line) => written.push(line) });
  for (const message of messages) log('info', message);
  return written;
}

test('a secret never reaches the sink, wherever it stands', () => {
  const out = lines(['s3cret', ''], ['login with s3cret failed', 'mqtt://user:s3cret@host']).join('');
  expect(out).not.toContain('s3cret');
  expect(out).toContain('***');
});

test('meter ids are masked, other numbers are not', () => {
  const [adco, prm, other] = lines([], ['ADCO 021728123456', 'PRM 14295224261882', 'index 012345678, at 1700000000000000']);
  expect(adco).toContain('0217******56');
  expect(prm).toContain('1429******82');
  expect(other).toContain('012345678, at 1700000000000000');
});

test('device text cannot forge a second line or move the cursor', () => {
  const [line] = lines([], ['name \u001b[2J\r\nforged']);
  expect(line?.split('\n')).toHaveLength(2);
  expect(line).not.toContain('\u001b');
});

test('messages below the level are dropped', () => {
  const written: string[] = [];
  const log = createLog({ level: 'warning', secrets: [], wallMs: () => 0, write: (line) => written.push(line) });
  log('info', 'quiet');
  log('error', 'loud');
  expect(written).toEqual(['1970-01-01T00:00:00.000Z error loud\n']);
});
