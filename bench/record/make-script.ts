import type { SentStatement } from './statement-recorder.js';
import type { Constant, Fresh, Given, Parameter, Script, ScriptStatement, Step, Trip } from './script.js';
import type { Bound } from './wire.js';

/** One request that was recorded. */
export interface Recorded {
  readonly given: Given;
  readonly at: number;
  readonly sent: readonly SentStatement[];
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/;
const LONG_HEX = /[0-9a-f]{32,}/;

/** Makes a script of two recordings of the same kind of request: what differs between them is what each request makes anew. */
export function makeScript(one: Recorded, other: Recorded): Script {
  if (one.sent.map(({ text }) => text).join() !== other.sent.map(({ text }) => text).join())
    throw new Error('Two requests of one kind sent different statements');
  const fresh = new FreshValues(one);
  const statements = one.sent.map((sent, index): ScriptStatement => {
    const parameters = sent.values.map((value, position) =>
      sameValue(value, other.sent[index]!.values[position]!)
        ? { constant: constantOf(value) }
        : fresh.parameterFor(value, index),
    );
    return { name: sent.name, text: sent.text, parameters };
  });
  const answer = { status: one.status, body: one.body, id: fresh.find(one.body['id']) };
  return { steps: stepsOf(one.sent, statements), fresh: fresh.all, answer };
}

/** Groups the statements by the waits between them; what is not durable is shared by the requests that arrive together. */
function stepsOf(sent: readonly SentStatement[], statements: readonly ScriptStatement[]): Step[] {
  const steps: {
    shared: boolean;
    trips: { transaction: number; statements: ScriptStatement[]; wait: number }[];
  }[] = [];
  const transactions = new Map<number, number>();
  let begun = 0;
  sent.forEach(({ connection, durable, wait, text }, index) => {
    if (text === 'BEGIN') transactions.set(connection, (begun += 1));
    const transaction = transactions.get(connection) ?? 0;
    let step = steps.at(-1);
    if (step?.shared !== !durable) steps.push((step = { shared: !durable, trips: [] }));
    let trip = step.trips.at(-1);
    if (trip?.transaction !== transaction || trip.wait !== wait)
      step.trips.push((trip = { transaction, statements: [], wait }));
    trip.statements.push(statements[index]!);
  });
  return steps.map(({ shared, trips }) => ({
    shared,
    trips: trips.map(({ transaction, statements: together }): Trip => ({
      transaction,
      statements: together,
    })),
  }));
}

class FreshValues {
  readonly all: Fresh[] = [];
  private readonly known = new Map<string, number>();

  constructor(private readonly recorded: Recorded) {}

  find(value: unknown): number | null {
    return typeof value === 'string' ? (this.known.get(value) ?? null) : null;
  }

  /** The same value in several places is the same fresh value; what an earlier row held is taken from there. */
  parameterFor(value: Bound, statement: number): Parameter {
    const key = Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : String(value);
    const known = this.known.get(key);
    if (known !== undefined) return { fresh: known };
    const answered = this.isGiven(value) ? undefined : this.answeredWith(key, statement);
    if (answered) return answered;
    const made = this.likenessOf(value);
    const { name, text } = this.recorded.sent[statement]!;
    if (!made) throw new Error(`How a value of ${name || text} is made cannot be told from two recordings`);
    this.known.set(key, this.all.push(made) - 1);
    return { fresh: this.all.length - 1 };
  }

  private isGiven(value: Bound): boolean {
    return Object.values(this.recorded.given).some((given) => given === value);
  }

  private answeredWith(text: string, before: number): Parameter | undefined {
    for (const [answeredTo, { row = {} }] of this.recorded.sent.slice(0, before).entries()) {
      const column = Object.keys(row).find((name) => row[name] === text);
      if (column !== undefined) return { answeredTo, column };
    }
    return undefined;
  }

  private likenessOf(value: Bound): Fresh | undefined {
    if (value === null) return undefined;
    if (Buffer.isBuffer(value)) return { kind: 'bytes', length: value.length };
    const { given, at } = this.recorded;
    const holds = Object.entries(given).filter(([, text]) => value.includes(text));
    if (holds.length > 0)
      return {
        kind: 'given',
        text: holds.reduce((text, [name, held]) => text.replaceAll(held, `{${name}}`), value),
      };
    if (UUID.test(value)) {
      const madeAt = Number.parseInt(value.replaceAll('-', '').slice(0, 12), 16);
      return { kind: 'uuid', offsetMs: madeAt - at, floor: value.endsWith('-0000-000000000000') };
    }
    if (TIME.test(value)) return { kind: 'time', offsetMs: Date.parse(value) - at };
    return LONG_HEX.test(value) ? { kind: 'hex', text: value } : undefined;
  }
}

function sameValue(one: Bound, other: Bound): boolean {
  return Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other;
}

function constantOf(value: Bound): Constant {
  return Buffer.isBuffer(value) ? { hex: value.toString('hex') } : value;
}
