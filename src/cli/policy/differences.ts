import { escapePointer } from '../../shared/json-pointer.js';

/** JSON pointers to what differs between two JSON values; none when they are equal. */
export function differences(left: unknown, right: unknown, pointer = ''): string[] {
  if (!isContainer(left) || !isContainer(right) || Array.isArray(left) !== Array.isArray(right))
    return left === right ? [] : [pointer];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => {
    const at = `${pointer}/${escapePointer(key)}`;
    const isInBoth = Object.hasOwn(left, key) && Object.hasOwn(right, key);
    return isInBoth ? differences(left[key], right[key], at) : [at];
  });
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
