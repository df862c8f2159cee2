import type { ValidationError } from 'class-validator';
import { AppError, type Finding } from '../shared/app-error.js';
import { escapePointer } from '../shared/json-pointer.js';
import type { EntryCheck, EntryFault } from './fields.js';

/** A request that is not as its class says, with every finding, and with what of it is well-formed. */
export class ContractBreach extends AppError {
  readonly findings: readonly Finding[];
  readonly #errors: readonly ValidationError[];

  constructor(errors: readonly ValidationError[]) {
    const findings = withoutRepeats(errors.flatMap((error) => findingsOf(error, '')));
    super('request-invalid', { errors: findings });
    this.findings = findings;
    this.#errors = errors;
  }

  /** The request without whatever a finding is about. An item of a list that is not well-formed leaves a gap, so that the others keep their places. */
  wellFormed(): object {
    for (const error of this.#errors) removeFrom(error);
    return this.#errors[0]?.target ?? {};
  }
}

/** Names of class-validator's constraints, as the contract's stable codes. */
const CODES: Readonly<Record<string, string>> = {
  isDefined: 'required',
  whitelistValidation: 'unknown-property',
  isString: 'type',
  isInt: 'type',
  isBoolean: 'type',
  isObject: 'type',
  isArray: 'type',
  nestedValidation: 'type',
  unknownValue: 'type',
  minLength: 'too-short',
  maxLength: 'too-long',
  matches: 'format',
  isIn: 'not-allowed',
  min: 'too-small',
  max: 'too-large',
  arrayMaxSize: 'too-many',
};

function findingsOf(error: ValidationError, parent: string): Finding[] {
  const pointer = `${parent}/${escapePointer(error.property)}`;
  return [
    ...toldOf(error).flatMap(([name, detail]) => {
      const faults = faultsOf(error, name);
      return faults
        ? faults.map(({ entry, ...fault }) => ({
            pointer: `${pointer}/${escapePointer(`${entry}`)}`,
            ...fault,
          }))
        : [{ pointer, code: CODES[name] ?? kebab(name), detail }];
    }),
    ...(error.children ?? []).flatMap((child) => findingsOf(child, pointer)),
  ];
}

/** What is missing or of another type breaks every other constraint too, which tells nothing more. */
function toldOf({ constraints = {} }: ValidationError): (readonly [name: string, detail: string])[] {
  const broken = Object.entries(constraints);
  const decisive = ['required', 'type'].flatMap((code) => broken.filter(([name]) => CODES[name] === code));
  return decisive.length > 0 ? decisive.slice(0, 1) : broken;
}

/** Of a constraint on the entries of a list or map, which of them break it; undefined for any other. */
function faultsOf({ contexts, value }: ValidationError, name: string): readonly EntryFault[] | undefined {
  const check = contexts?.[name] as EntryCheck | undefined;
  return check?.faultsOf(value);
}

/** An item of a list is one thing, removed whole; of anything else, what is well-formed stays. */
function removeFrom(error: ValidationError): void {
  const told = toldOf(error);
  const faults = told.map(([name]) => faultsOf(error, name));
  const isBroken = faults.some((entries) => entries === undefined);
  if (isBroken || Array.isArray(error.target)) remove(error.target, error.property);
  else {
    for (const { entry } of faults.flatMap((entries) => entries ?? [])) remove(error.value as object, entry);
    for (const child of error.children ?? []) removeFrom(child);
  }
}

function remove(from: object | undefined, key: number | string): void {
  if (from instanceof Map) from.delete(key);
  else if (from) Reflect.deleteProperty(from, key);
}

/** An item that is no object breaks both its list's check and its own. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ pointer, code }) => seen.size < seen.add(`${pointer} ${code}`).size);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
