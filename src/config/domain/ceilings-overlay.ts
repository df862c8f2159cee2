import { BUILT_IN_CEILINGS, type Ceilings } from './ceilings.js';

type Tree = Readonly<Record<string, unknown>>;

/** The built-in ceilings with a deployment's own laid over them, or every reason why they cannot be. */
export function ceilingsWith(
  overlay: Tree,
): { readonly ceilings: Ceilings } | { readonly findings: readonly string[] } {
  const findings: string[] = [];
  const ceilings = laidOver(BUILT_IN_CEILINGS as unknown as Tree, overlay, '', findings);
  // Every leaf was checked to be of the kind that it replaces.
  return findings.length > 0 ? { findings } : { ceilings: ceilings as unknown as Ceilings };
}

function laidOver(base: Tree, overlay: Tree, path: string, findings: string[]): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    const name = path === '' ? key : `${path}.${key}`;
    const built = Object.hasOwn(base, key) ? base[key] : undefined;
    if (built === undefined) findings.push(`${name} is no ceiling`);
    else if (isTree(built) && isTree(value)) merged[key] = laidOver(built, value, name, findings);
    else if (fits(value, built)) merged[key] = value;
    else findings.push(`${name} must be ${kindOf(built)}`);
  }
  return merged;
}

function fits(value: unknown, built: unknown): boolean {
  if (typeof built === 'boolean') return typeof value === 'boolean';
  if (typeof built === 'number')
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
  if (isTree(built)) return false;
  return value === null || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

function kindOf(built: unknown): string {
  if (typeof built === 'boolean') return 'true or false';
  if (typeof built === 'number') return 'a whole number of at least 1';
  return isTree(built) ? 'an object' : 'a list of texts or null';
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
