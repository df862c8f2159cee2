import { formsOf, searchable } from './proof-leak-forms.js';

const GRAM = 8;
/** What has six digits and is no code: times with their microseconds, and identifiers. */
const NUMEROUS = [
  /\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(\.\d+)?/g,
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
];

interface Needle {
  readonly name: string;
  readonly form: string;
}

/** Looks for values that must not be there, in every form that they could have. */
export class LeakSearch {
  private readonly needles = new Map<string, Needle[]>();
  private readonly codes = new Map<string, string>();
  private readonly known = new Set<string>();

  /** A value of which chance makes no second one: eight characters at least. */
  add(name: string, value: string): void {
    if (value.length < GRAM) throw new Error(`${name} is too short to be searched for`);
    this.addForms(name, value);
  }

  /** Six digits: its plain forms count where they stand alone, and in no time or identifier. */
  addCode(name: string, code: string): void {
    this.codes.set(code, name);
    this.addForms(name, code);
  }

  get size(): number {
    return this.known.size;
  }

  /** What is in a text that should not be, each with the form that it was found in and what stands before it. */
  find(where: string, text: string | Buffer): string[] {
    const hay = searchable(text);
    const found = new Map<string, string>();
    for (let at = 0; at + GRAM <= hay.length; at += 1) {
      for (const { name, form } of this.needles.get(hay.slice(at, at + GRAM)) ?? []) {
        if (!hay.startsWith(form, at) || found.has(name)) continue;
        const around = hay.slice(Math.max(0, at - 60), at + form.length);
        found.set(name, `${name} in ${where} as ${JSON.stringify(around)}`);
      }
    }
    return [...found.values(), ...this.findCodes(where, hay)];
  }

  /** How many standalone numbers of six digits there are: each code equals one by chance once in a million. */
  standaloneNumbers(text: string | Buffer): number {
    return candidatesIn(searchable(text)).length;
  }

  private addForms(name: string, value: string): void {
    if (this.known.has(value)) return;
    this.known.add(value);
    for (const form of formsOf(value)) {
      const gram = form.slice(0, GRAM);
      const others = this.needles.get(gram);
      if (others) others.push({ name, form });
      else this.needles.set(gram, [{ name, form }]);
    }
  }

  private findCodes(where: string, hay: string): string[] {
    return candidatesIn(hay).flatMap((digits) => {
      const name = this.codes.get(digits);
      return name === undefined ? [] : [`${name} in ${where} as a number`];
    });
  }
}

function candidatesIn(hay: string): string[] {
  const bare = NUMEROUS.reduce((text, pattern) => text.replace(pattern, ' '), hay);
  const matches = bare.matchAll(/(?<![0-9a-z_])(\d{3})[ -]?(\d{3})(?![0-9a-z_])/g);
  return [...matches].map(([, first, last]) => `${first}${last}`);
}
