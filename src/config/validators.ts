/** Schemas compiled once each: compiling takes ten times as long as the rest of a validation, and a file in repair is validated again and again. */
import { Ajv, type SchemaObject, type ValidateFunction } from 'ajv';

/** Strict, every error, defaults filled; `fr` is our word beside `description`. */
export function createAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, useDefaults: true, verbose: true, allowUnionTypes: true });
  ajv.addVocabulary(['fr']);
  return ajv;
}

let shared: Ajv | undefined;
const compiled = new WeakMap<object, ValidateFunction>();

/** The validator of `owner`, or of the `schema()` that is always the same for it; its errors are those of its last call. */
export function validatorOf(owner: object, schema = (): SchemaObject => owner): ValidateFunction {
  const known = compiled.get(owner);
  if (known !== undefined) return known;
  shared ??= createAjv();
  const fresh = schema();
  const validate = shared.compile(fresh);
  // Ajv would keep every schema it ever saw; here it lives as long as its owner.
  shared.removeSchema(fresh);
  compiled.set(owner, validate);
  return validate;
}
