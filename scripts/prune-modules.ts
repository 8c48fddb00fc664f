/** Takes out of node_modules what the image does not run: the development Node, foreign binaries, build left-overs. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const modules = join(process.argv[2] ?? '.', 'node_modules');

/** The folder name koffi gives to this machine: the C library and the processor. */
function koffiPlatform(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${header.glibcVersionRuntime === undefined ? 'musl' : 'linux'}_${process.arch}`;
}

function remove(...path: string[]): void {
  rmSync(join(modules, ...path), { recursive: true, force: true });
}

function entries(...path: string[]): string[] {
  const folder = join(modules, ...path);
  return existsSync(folder) ? readdirSync(folder) : [];
}

const developmentNode = entries().filter((name) => name.startsWith('node-linux-'));
for (const name of developmentNode) remove(name);
if (developmentNode.length > 0) remove('.bin', 'node');

// Types that a dependency carries along: nothing compiles in the image.
remove('@types');

const wanted = koffiPlatform();
if (!entries('koffi', 'build', 'koffi').includes(wanted)) throw new Error(`koffi has no binary for ${wanted}`);
for (const name of entries('koffi', 'build', 'koffi')) if (name !== wanted) remove('koffi', 'build', 'koffi', name);
for (const name of ['doc', 'src', 'vendor']) remove('koffi', name);

// The build made here is the one that was tried: node-gyp-build would fall back to a ready-made one without a word.
if (entries('@serialport', 'bindings-cpp', 'build', 'Release').length > 0) {
  remove('@serialport', 'bindings-cpp', 'prebuilds');
}

for (const name of ['i2c-bus', 'epoll', '@serialport/bindings-cpp']) {
  for (const leftOver of ['obj.target', '.deps']) remove(name, 'build', 'Release', leftOver);
}
