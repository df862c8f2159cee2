import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { AppError, type Finding } from '../shared/app-error.js';
import { escapePointer } from '../shared/json-pointer.js';

/** Checks a request against its class: unknown properties are refused and every finding is reported at once. */
export function requestValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: false,
    validationError: { target: false, value: false },
    exceptionFactory: (errors: ValidationError[]) =>
      new AppError('request-invalid', { errors: errors.flatMap((error) => findingsOf(error, '')) }),
  });
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
  eachIsObject: 'type',
  nestedValidation: 'type',
  unknownValue: 'type',
  minLength: 'too-short',
  maxLength: 'too-long',
  matches: 'format',
  isIn: 'not-allowed',
  min: 'too-small',
  max: 'too-large',
  arrayMaxSize: 'too-many',
  arrayUnique: 'duplicate',
};

function findingsOf(error: ValidationError, parent: string): Finding[] {
  const pointer = `${parent}/${escapePointer(error.property)}`;
  const constraints = Object.entries(error.constraints ?? {});
  // What is missing or of another type breaks every other constraint too, which tells nothing more.
  const decisive =
    constraints.find(([name]) => CODES[name] === 'required') ??
    constraints.find(([name]) => CODES[name] === 'type');
  const told = decisive ? [decisive] : constraints;
  return [
    ...told.map(([name, detail]) => ({ pointer, code: CODES[name] ?? kebab(name), detail })),
    ...(error.children ?? []).flatMap((child) => findingsOf(child, pointer)),
  ];
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
