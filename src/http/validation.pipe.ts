import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ContractBreach } from './contract-breach.js';

/** Checks a request against its class: unknown properties are refused and every finding is reported at once. */
export function requestValidation(expectedType?: new () => object): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: false,
    ...(expectedType ? { expectedType } : {}),
    // For the breach alone, which tells neither to anybody.
    validationError: { target: true, value: true },
    exceptionFactory: (errors: ValidationError[]) => new ContractBreach(errors),
  });
}
