import { InvalidArgumentError } from 'commander';
import { validate as isUuid } from 'uuid';

/** Reads an identifier; throws commander's `InvalidArgumentError`. */
export function parseIdentifier(text: string): string {
  if (!isUuid(text)) throw new InvalidArgumentError('Give an identifier, a UUID.');
  return text.toLowerCase();
}

/** Reads how many rows are asked for; throws commander's `InvalidArgumentError`. */
export function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 on.');
  return Number(text);
}
