import { describe, expect, test } from 'vitest';
import { type RunOptions, readInvocation } from '../src/main-options.ts';

function runOptions(argv: readonly string[], env: Record<string, string> = {}): RunOptions {
  const invocation = readInvocation(argv, env);
  if (invocation.command !== 'run') throw new Error(JSON.stringify(invocation));
  return invocation.options;
}

describe('the command line', () => {
  test('without a word: a simulated house with its own broker', () => {
    expect(runOptions([])).toMatchObject({ simulate: true, broker: undefined, port: 0, supervised: false });
  });
  test('a configuration means real hardware, unless simulation is asked for too', () => {
    expect(runOptions(['--config', 'house.yaml']).simulate).toBe(false);
    expect(runOptions(['run', '--config', 'house.yaml', '--simulate']).simulate).toBe(true);
  });
  test('the Supervisor runs the real house', () => {
    expect(runOptions(['run'], { SUPERVISOR_TOKEN: 't' })).toMatchObject({ simulate: false, supervised: true });
    expect(runOptions(['--simulate'], { SUPERVISOR_TOKEN: 't' })).toMatchObject({ simulate: true, supervised: false });
  });
  test('the password need not stand on the command line', () => {
    expect(runOptions(['--broker', 'mqtt://h'], { BOXENERGIE_PASSWORD: 'p' }).password).toBe('p');
  });
  test.each([
    ['10s', 10_000],
    ['1.5min', 90_000],
    ['2h', 7_200_000],
  ])('--for %s', (text, ms) => {
    expect(runOptions(['--for', text]).forMs).toBe(ms);
  });
  test('the language follows the environment, English otherwise', () => {
    expect(runOptions([], { LANG: 'fr_FR.UTF-8' }).language).toBe('fr');
    expect(runOptions([], { LANG: 'de_DE.UTF-8' }).language).toBe('en');
  });
  test.each<[string[], string]>([
    [['--port', '70000'], '--port takes a port number'],
    [['--port', 'x'], '--port takes a port number'],
    [['--for', '10'], '--for takes a time'],
    [['--for', '25d'], '--for takes at most 24d'],
    [['--log-level', 'loud'], '--log-level takes'],
    [['--language', 'de'], '--language takes'],
    [['--colour'], '--colour'],
    [['start'], '"start" is not understood'],
    [['run', 'house.yaml'], '"house.yaml" is not understood'],
    [['check'], 'check takes one file'],
  ])('%j is refused and says why', (argv, why) => {
    const invocation = readInvocation(argv, {});
    expect(invocation).toMatchObject({ command: 'help', error: expect.stringContaining(why) });
  });
  test('check, schema, version, help', () => {
    expect(readInvocation(['check', 'a.yaml'], {})).toEqual({ command: 'check', file: 'a.yaml' });
    expect(readInvocation(['schema'], {})).toEqual({ command: 'schema' });
    expect(readInvocation(['--version'], {})).toEqual({ command: 'version' });
    expect(readInvocation(['--help'], {})).toEqual({ command: 'help' });
  });
});

test('record is run with a file', () => {
  expect(runOptions(['record', 'a.jsonl.gz', '--for', '1d', '--config', 'h.yaml'])).toMatchObject({
    ...{ record: 'a.jsonl.gz', forMs: 86_400_000, config: 'h.yaml', simulate: false },
  });
  expect(readInvocation(['record'], {})).toMatchObject({ command: 'help', error: expect.stringContaining('record takes one file') });
});

describe('doctor', () => {
  test('takes the options of run, and a language only when it was asked for', () => {
    expect(readInvocation(['doctor', '--config', 'a.yaml', '--json'], { LANG: 'fr_FR.UTF-8' })).toMatchObject({
      command: 'doctor',
      json: true,
      language: undefined,
      options: { config: 'a.yaml', language: 'fr' },
    });
    expect(readInvocation(['doctor', '--language', 'fr'], {})).toMatchObject({ json: false, language: 'fr' });
    expect(readInvocation(['doctor', 'a.yaml'], {})).toMatchObject({ command: 'help', error: '"a.yaml" is not understood' });
    expect(readInvocation(['run', '--json'], {})).toMatchObject({ command: 'help', error: '--json belongs to doctor' });
  });
});

test('dashboard: for a house, in a language', () => {
  expect(readInvocation(['dashboard', '--config', 'house.yaml', '--language', 'fr', '--community'], {})).toEqual({
    command: 'dashboard',
    options: { config: 'house.yaml', language: 'fr', community: true },
  });
  expect(readInvocation(['dashboard'], {})).toEqual({
    command: 'dashboard',
    options: { config: undefined, language: undefined, community: false },
  });
  expect(readInvocation(['dashboard', 'house.yaml'], {})).toMatchObject({ error: expect.stringContaining('--config') });
  expect(readInvocation(['dashboard', '--language', 'de'], {})).toMatchObject({ error: expect.stringContaining('de') });
});

test('--home-assistant wants an address, and its token from the environment', () => {
  const address = ['run', '--home-assistant', 'http://127.0.0.1:8123'];
  expect(runOptions(address, { BOXENERGIE_HA_TOKEN: 'secret' }).homeAssistant).toEqual({ url: 'http://127.0.0.1:8123', token: 'secret' });
  expect(readInvocation(address, {})).toMatchObject({ error: expect.stringContaining('BOXENERGIE_HA_TOKEN') });
  expect(readInvocation(['run', '--home-assistant', '127.0.0.1'], { BOXENERGIE_HA_TOKEN: 'x' })).toMatchObject({
    error: expect.stringContaining('http://'),
  });
  expect(runOptions([])).not.toHaveProperty('homeAssistant');
});
