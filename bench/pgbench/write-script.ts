import { createHash } from 'node:crypto';
import type { Constant, Fresh, Parameter, Script, ScriptStatement } from '../record/script.js';

/** What makes the identifiers of one run: of its k-th transaction of each client. */
export interface IdSeries {
  /** Sets the run apart from others. */
  readonly seed: string;
  /** In ms since the epoch: the time in its UUIDv7s, and k ms more. */
  readonly at: number;
}

const GIVEN_ID = '{id}';

/** The challenge that the k-th transaction of a client is about: the script computes the same. */
export function idOf({ seed, at }: IdSeries, client: number, k: number): string {
  const digits = createHash('md5').update(`${client}.${k}.id.${seed}`).digest('hex');
  const time = (at + k).toString(16).padStart(12, '0');
  const parts = [time.slice(0, 8), time.slice(8), `7${digits.slice(0, 3)}`, `8${digits.slice(3, 6)}`];
  return [...parts, digits.slice(6, 18)].join('-');
}

/**
 * The script as pgbench takes it: each trip one pipeline, values that are made anew computed in SQL. Steps that
 * requests share are left out, since pgbench cannot share them.
 */
export function pgbenchScript(script: Script, series: IdSeries): string {
  const sql = new SqlValues(script, series);
  const trips = script.steps.filter(({ shared }) => !shared).flatMap(({ trips: own }) => own);
  return [
    '\\set k :k + 1',
    ...trips.flatMap(({ statements }) => [
      '\\startpipeline',
      ...statements.map((statement) => `${sql.inline(statement)};`),
      '\\endpipeline',
    ]),
    '',
  ].join('\n');
}

class SqlValues {
  constructor(
    private readonly script: Script,
    private readonly series: IdSeries,
  ) {}

  inline({ text, parameters }: ScriptStatement): string {
    return text
      .replace(/\s+/g, ' ')
      .replace(/\$(\d+)/g, (_, position: string) => this.parameter(parameters[Number(position) - 1]!));
  }

  private parameter(parameter: Parameter): string {
    if ('constant' in parameter) return literal(parameter.constant);
    if ('answeredTo' in parameter) return this.answered(parameter.column);
    return this.fresh(this.script.fresh[parameter.fresh]!, String(parameter.fresh));
  }

  /** Prepared challenges have a delivery of the same identifier, and a recipient that follows from it. */
  private answered(column: string): string {
    if (column === 'delivery_id') return this.uuid('id', 0);
    if (column === 'recipient_index') return `sha256(uuid_send(${this.uuid('id', 0)}))`;
    throw new Error(`pgbench cannot tell what ${column} was answered`);
  }

  private fresh(fresh: Fresh, salt: string): string {
    switch (fresh.kind) {
      case 'uuid':
        if (fresh.floor) return `'${floorOf(this.series.at + fresh.offsetMs)}'::uuid`;
        return this.uuid(salt, fresh.offsetMs);
      case 'bytes':
        return `decode(${this.digits(salt, 2 * fresh.length)}, 'hex')`;
      case 'time':
        return `(clock_timestamp() + interval '${fresh.offsetMs} ms')`;
      case 'given':
        return fresh.text === GIVEN_ID ? this.uuid('id', 0) : this.text(fresh.text, /\{\w+\}/, salt);
      case 'hex':
        return this.text(fresh.text, /[0-9a-f]{32,}/, salt);
    }
  }

  /** Text whose parts that fit are drawn anew. */
  private text(text: string, part: RegExp, salt: string): string {
    const pieces = text.split(new RegExp(`(${part.source})`)).map((piece, index) => {
      if (index % 2 === 0) return literal(piece);
      return this.digits(`${salt}.${index}`, piece.startsWith('{') ? 24 : piece.length);
    });
    return `(${pieces.join(' || ')})`;
  }

  private uuid(salt: string, offsetMs: number): string {
    const digits = this.digits(salt, 18);
    const time = `lpad(to_hex(${this.series.at + offsetMs} + :k::bigint), 12, '0')`;
    return `(${time} || '7' || left(${digits}, 3) || '8' || substr(${digits}, 4))::uuid`;
  }

  private digits(salt: string, length: number): string {
    const hash = `md5(:client_id::text || '.' || :k::text || '.${salt}.${this.series.seed}')`;
    return `left(repeat(${hash}, ${Math.ceil(length / 32)}), ${length})`;
  }
}

function literal(constant: Constant): string {
  if (constant === null) return 'NULL';
  if (typeof constant !== 'string') return `'\\x${constant.hex}'`;
  // pgbench would take what follows a colon for one of its variables.
  const escaped = constant.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll(':', '\\x3a');
  return `E'${escaped}'`;
}

function floorOf(at: number): string {
  const time = Math.floor(at).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
