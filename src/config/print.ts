/** Writes YAML for people to read and paste. */
import { stringify } from 'yaml';

/** No line is folded and nothing refers to something else. */
export function printYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
