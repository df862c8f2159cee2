import { Drop } from 'liquidjs';

/**
 * An object of an action's details as a template sees it. A caller may send any JSON there, so that, unlike
 * `variables`, nothing can be demanded of it: what is missing prints as nothing, and so does the object.
 */
export class LenientDetails extends Drop {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    super();
    this.#members = members;
  }

  override liquidMethodMissing(key: string | number): unknown {
    return Object.hasOwn(this.#members, key) ? lenient(this.#members[key]) : null;
  }

  override toString(): string {
    return '';
  }
}

function lenient(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lenient);
  return typeof value === 'object' && value !== null ? new LenientDetails({ ...value }) : value;
}
