/** Loads every native module from a tree and fails loudly: an image in which one is missing must not be made. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const MAJOR = 24;
const NATIVE = ['i2c-bus', 'epoll', 'onoff', '@serialport/bindings-cpp', 'serialport', 'koffi', 'node:sqlite'] as const;

const tree = resolve(process.argv[2] ?? '.');
const load = createRequire(`${tree}/package.json`);
const failures: string[] = [];

if (Number.parseInt(process.versions.node, 10) !== MAJOR) {
  failures.push(`Node ${process.versions.node} runs here, ${MAJOR} is wanted`);
}
for (const name of NATIVE) {
  try {
    load(name);
    console.log(`${name} loads under Node ${process.versions.node}`);
  } catch (error) {
    failures.push(`${name} does not load: ${error instanceof Error ? error.message : String(error)}`);
  }
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
