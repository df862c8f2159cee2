import { EnvironmentError } from './environment-error.js';

/**
 * Reads environment variables and collects what is wrong with them. An empty value counts as unset. What a
 * faulty key reads as is a stand-in: `loadFrom` throws before anyone uses it.
 */
export class Variables {
  readonly findings: string[] = [];
  readonly production: boolean;

  constructor(private readonly env: NodeJS.ProcessEnv) {
    const mode = this.text('NODE_ENV');
    this.production = mode === 'production';
    // A near miss would silently switch the strict checks off.
    if (!this.production && /^prod/i.test(mode ?? ''))
      this.report('NODE_ENV', 'is close to "production" but not it; spell it exactly');
  }

  report(key: string, fault: string): void {
    this.findings.push(`${key} ${fault}`);
  }

  text(key: string): string | undefined {
    const value = this.env[key]?.trim();
    return value === '' ? undefined : value;
  }

  required(key: string, whatToSet: string): string | undefined {
    const value = this.text(key);
    if (value === undefined) this.report(key, `is not set; set it to ${whatToSet}`);
    return value;
  }

  integer(
    key: string,
    bounds: { readonly fallback: number; readonly min: number; readonly max: number },
  ): number {
    const value = this.text(key);
    if (value === undefined) return bounds.fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (number >= bounds.min && number <= bounds.max) return number;
    this.report(key, `must be a whole number from ${bounds.min} to ${bounds.max}`);
    return bounds.fallback;
  }

  oneOf(key: string, values: readonly string[], fallback: string): string {
    const value = this.text(key);
    if (value === undefined) return fallback;
    if (!values.includes(value)) this.report(key, `must be one of ${values.join(', ')}`);
    return value;
  }

  /** The text of a key parsed as JSON; undefined, with a finding, when it is none. */
  json(key: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      // The parser's own message quotes the text.
      this.report(key, 'is not valid JSON');
      return undefined;
    }
  }
}

/** What an instance of the class holds, as a plain object. */
export type Members<T> = { [K in keyof T]: T[K] };

/** Reads a whole environment into an instance of its class; throws `EnvironmentError` with every finding. */
export function loadFrom<T extends object>(
  env: NodeJS.ProcessEnv,
  environmentClass: abstract new () => T,
  read: (variables: Variables) => Members<T>,
): T {
  const variables = new Variables(env);
  const members = read(variables);
  if (variables.findings.length > 0) throw new EnvironmentError(variables.findings);
  return Object.assign(Object.create(environmentClass.prototype as object) as T, members);
}

/** The members that have a value, for types whose optional members may not be undefined. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
