import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers from one to a greatest, for options. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const count = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : NaN;
    if (!(count <= most)) throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`);
    return count;
  };
}
