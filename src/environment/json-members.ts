/**
 * Reads the members of a JSON object and reports what is wrong with them, by name. What a faulty member reads
 * as is a stand-in.
 */
export class JsonMembers {
  private readonly values: ReadonlyMap<string, unknown>;

  constructor(
    json: unknown,
    readonly report: (fault: string) => void,
  ) {
    const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
    if (!isObject) report('must be a JSON object');
    this.values = new Map(isObject ? Object.entries(json) : []);
  }

  reportUnknown(known: readonly string[]): void {
    for (const name of this.values.keys())
      if (!known.includes(name))
        this.report(`has an unknown member "${name}"; known are ${known.join(', ')}`);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  value(name: string): unknown {
    return this.values.get(name);
  }

  /** A required, non-empty string without white space around it. */
  text(name: string): string {
    const value = this.values.get(name);
    if (isText(value)) return value;
    const fault = value === undefined ? 'is missing; set it to' : 'must be';
    this.report(`"${name}" ${fault} a non-empty string`);
    return '';
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  /** A non-empty list of distinct non-empty strings; required unless there is a fallback. */
  texts(name: string, fallback?: readonly string[]): readonly string[] {
    const value = this.values.get(name);
    if (value === undefined && fallback) return fallback;
    if (
      Array.isArray(value) &&
      value.length > 0 &&
      value.every(isText) &&
      new Set(value).size === value.length
    )
      return value;
    const fault = value === undefined ? 'is missing; set it to' : 'must be';
    this.report(`"${name}" ${fault} a list of one or more distinct non-empty strings`);
    return [];
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.trim() === value;
}
