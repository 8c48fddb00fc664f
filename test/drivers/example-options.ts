/** The options of each kind of device in the example of the documentation, else in the demonstration. */
import { readFileSync } from 'node:fs';
import { demoYaml } from '../../src/config/demo.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';

const [, documented = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('DOCS.md', 'utf8')) ?? [];
const examples = [documented, demoYaml('en')].flatMap((yaml) => toHouse(validateHouse(yaml, 'example', drivers).raw).devices);

/** Throws where no example shows the type. */
export function exampleOptions(type: string): Readonly<Record<string, unknown>> {
  const example = examples.find((each) => each.type === type);
  if (example === undefined) throw new Error(`no example of ${type}`);
  return example.options as Readonly<Record<string, unknown>>;
}
