import { Drop } from 'liquidjs';

/**
 * Stands for a value that is not known before a challenge is created: prints as a sample, has every property,
 * and can be looped over once. Its fields are private to the language, since templates read all others.
 */
export class SampleValue extends Drop {
  readonly #name: string;
  readonly #textOf: (name: string) => string;
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(name: string, textOf: (name: string) => string, given: Readonly<Record<string, unknown>> = {}) {
    super();
    this.#name = name;
    this.#textOf = textOf;
    this.#given = given;
  }

  override liquidMethodMissing(key: string | number): unknown {
    return Object.hasOwn(this.#given, key)
      ? this.#given[key]
      : new SampleValue(this.#name === '' ? String(key) : `${this.#name}.${key}`, this.#textOf);
  }

  *[Symbol.iterator](): Generator<SampleValue> {
    yield new SampleValue(this.#name, this.#textOf);
  }

  override toString(): string {
    return this.#textOf(this.#name);
  }
}
