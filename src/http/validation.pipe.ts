import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { AppError, type Finding } from '../shared/app-error.js';

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
  const missing = constraints.find(([name]) => name === 'isDefined');
  const told = missing ? [missing] : constraints;
  return [
    ...told.map(([name, detail]) => ({ pointer, code: CODES[name] ?? kebab(name), detail })),
    ...(error.children ?? []).flatMap((child) => findingsOf(child, pointer)),
  ];
}

/** A reference token of a JSON pointer (RFC 6901, section 3). */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
