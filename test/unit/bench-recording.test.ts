import { expect, test } from '@jest/globals';
import { freshValues } from '../../bench/floor/fresh.js';
import { idOf, pgbenchScript } from '../../bench/pgbench/write-script.js';
import { makeScript, type Recorded } from '../../bench/record/make-script.js';
import type { SentStatement } from '../../bench/record/statement-recorder.js';
import { ClientStream, type ClientStatement, ServerStream } from '../../bench/record/wire.js';

const ids = ['019ab000-0000-7000-8000-000000000001', '019ab000-0001-7000-8000-000000000002'] as const;
const macs = ['aa'.repeat(32), 'bb'.repeat(32)] as const;

function sent(given: Partial<SentStatement>): SentStatement {
  return { name: '', text: 'SELECT', values: [], connection: 1, durable: true, wait: 0, ...given };
}

/** A request that reads a row, counts elsewhere and writes. */
function recorded(index: 0 | 1): Recorded {
  return {
    given: { id: `given-${index}` },
    at: Date.parse('2026-01-01T00:00:00Z'),
    status: 201,
    body: { id: ids[index], state: 'ISSUED' },
    sent: [
      sent({ text: 'BEGIN' }),
      sent({ text: 'find', values: [`given-${index}`, 'same'], row: { mac: `\\x${macs[index]}` } }),
      sent({ text: 'BEGIN', connection: 2, durable: false, wait: 1 }),
      sent({ text: 'COMMIT', connection: 2, durable: false, wait: 2 }),
      sent({
        text: 'insert $1 $2 $3',
        values: [ids[index], Buffer.from(macs[index], 'hex'), ids[index]],
        wait: 3,
      }),
      sent({ text: 'COMMIT', wait: 3 }),
    ],
  };
}

test('what two requests share is constant, what differs is made anew, given or taken from an earlier row', () => {
  const script = makeScript(recorded(0), recorded(1));
  const [, find, , , insert] = script.steps.flatMap(({ trips }) =>
    trips.flatMap(({ statements }) => statements),
  );
  expect(find!.parameters).toEqual([{ fresh: 0 }, { constant: 'same' }]);
  expect(insert!.parameters).toEqual([{ fresh: 1 }, { answeredTo: 1, column: 'mac' }, { fresh: 1 }]);
  expect(script.fresh[0]).toEqual({ kind: 'given', text: '{id}' });
  expect(script.answer.id).toBe(1);
});

test('statements between two waits go together, and what is not durable is a step of its own', () => {
  const { steps } = makeScript(recorded(0), recorded(1));
  expect(
    steps.map(({ shared, trips }) => [shared, trips.map(({ statements }) => statements.length)]),
  ).toEqual([
    [false, [2]],
    [true, [1, 1]],
    [false, [2]],
  ]);
});

test('two requests that send different statements make no script', () => {
  const other = recorded(1);
  expect(() => makeScript(recorded(0), { ...other, sent: other.sent.slice(1) })).toThrow(
    'different statements',
  );
});

test('fresh values are like those that were recorded', () => {
  const [uuid, floor, bytes, given] = freshValues(
    [
      { kind: 'uuid', offsetMs: -60_000, floor: false },
      { kind: 'uuid', offsetMs: 0, floor: true },
      { kind: 'bytes', length: 7 },
      { kind: 'given', text: 'acme {key}' },
    ],
    { key: 'k1' },
  );
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  const madeAt = Number.parseInt(String(uuid).replaceAll('-', '').slice(0, 12), 16);
  expect(Math.abs(Date.now() - 60_000 - madeAt)).toBeLessThan(5_000);
  expect(floor).toMatch(/-0000-0000-000000000000$/);
  expect(bytes).toHaveLength(7);
  expect(given).toBe('acme k1');
});

test('no value of a pgbench script reads as one of its variables', () => {
  const script = makeScript(recorded(0), recorded(1));
  const [step] = script.steps;
  const text = `x = $1`;
  const constant = `{"a":true,'\\'}`;
  const trips = [{ transaction: 1, statements: [{ name: '', text, parameters: [{ constant }] }] }];
  const written = pgbenchScript({ ...script, steps: [{ ...step!, trips }] }, { seed: 's', at: 0 });
  expect(written).toContain(String.raw`x = E'{"a"\x3atrue,\'\\\'}';`);
});

test('the identifiers of a pgbench run are UUIDv7s, each its own', () => {
  const series = { seed: 's', at: Date.now() };
  const made = [idOf(series, 0, 1), idOf(series, 0, 2), idOf(series, 1, 1)];
  expect(new Set(made).size).toBe(3);
  for (const id of made)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a client stream tells each execution, however its bytes are cut', () => {
  const startUp = framed('', Buffer.from([0, 3, 0, 0, 0]));
  const parse = framed('P', Buffer.concat([text('find'), text('SELECT $1'), int16(0)]));
  const value = Buffer.from('abc');
  const bind = framed(
    'B',
    Buffer.concat([
      text(''),
      text('find'),
      int16(1),
      int16(1),
      int16(2),
      int32(3),
      value,
      int32(-1),
      int16(0),
    ]),
  );
  const bytes = Buffer.concat([startUp, parse, bind, framed('E', Buffer.concat([text(''), int32(0)]))]);
  const told: ClientStatement[] = [];
  const stream = new ClientStream((statement) => told.push(statement));
  for (const byte of bytes) stream.read(Buffer.from([byte]));
  expect(told).toEqual([{ name: 'find', text: 'SELECT $1', values: [value, null] }]);
  expect(stream.durable).toBe(true);
});

test('a server stream tells the first row of each execution', () => {
  const columns = Buffer.concat([int16(1), text('id'), Buffer.alloc(18)]);
  const row = (value: string): Buffer =>
    framed('D', Buffer.concat([int16(1), int32(value.length), Buffer.from(value)]));
  const told: unknown[] = [];
  const stream = new ServerStream((answered) => told.push(answered));
  stream.read(Buffer.concat([framed('T', columns), row('one'), row('two'), framed('C', text('SELECT 2'))]));
  stream.read(framed('C', text('COMMIT')));
  expect(told).toEqual([{ id: 'one' }, undefined]);
});

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

function framed(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
