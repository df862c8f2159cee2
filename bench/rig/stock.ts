import { randomInt } from 'node:crypto';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { AnswerKeeper } from '../../src/challenge/crypto/answer-keeper.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { isWrong } from '../wrong-answer.js';
import { TENANT } from './product.js';

/** A challenge that waits in the database, and what answers it. */
export interface Stocked {
  readonly id: string;
  readonly code: string;
}

const BATCH = 5_000;

/** Columns of a copied challenge that are not its template's; `m` is what was made for it, also of its delivery. */
const CHALLENGE_OVERRIDES: Readonly<Record<string, string>> = {
  id: 'm.id',
  delivery_id: 'm.id',
  answer_mac: 'm.mac',
  recipient_index: 'sha256(uuid_send(m.id))',
  created_at: 'clock_timestamp()',
  expires_at: `clock_timestamp() + interval '1 hour'`,
};

const VERIFIED_OVERRIDES: Readonly<Record<string, string>> = {
  state: `'VERIFIED'`,
  attempts_used: '1',
  verified_at: 'clock_timestamp()',
  complete_before: `clock_timestamp() + interval '1 hour'`,
};

/** A message that was sent: no worker looks at it again. */
const DELIVERY_OVERRIDES: Readonly<Record<string, string>> = {
  id: 'm.id',
  challenge_id: 'm.id',
  status: `'SENT'`,
  attempts: '1',
  due_at: 'NULL',
  created_at: 'clock_timestamp()',
  sent_at: 'clock_timestamp()',
};

/** Prepares challenges with known codes, as copies of one that the API issued: nobody could create them one by one as fast as they are answered. */
export class Stock {
  private readonly answers: AnswerKeeper;

  constructor(
    private readonly client: pg.Client,
    secretKeys: string,
    readonly templateId: string,
  ) {
    const [id = '', key = ''] = secretKeys.split(':');
    this.answers = new AnswerKeeper(new KeyRing([{ id, bytes: Buffer.from(key, 'base64') }]));
  }

  /** With the identifiers, where they are given. */
  async make(count: number, state: 'ISSUED' | 'VERIFIED', ids?: readonly string[]): Promise<Stocked[]> {
    const stock: Stocked[] = [];
    while (stock.length < count) {
      const size = Math.min(BATCH, count - stock.length);
      const batch =
        ids?.slice(stock.length, stock.length + size) ?? Array.from({ length: size }, () => uuidv7());
      stock.push(...(await this.batch(batch, state)));
    }
    return stock;
  }

  private async batch(ids: readonly string[], state: 'ISSUED' | 'VERIFIED'): Promise<Stocked[]> {
    const stock = ids.map((id): Stocked => ({ id, code: rightCode() }));
    const made = [
      ids,
      stock.map(({ id, code }) => this.answers.keep(TENANT, { id, type: 'EMAIL_OTP' }, code).mac),
    ];
    const wiped = state === 'VERIFIED' ? { message_sealed: 'NULL' } : {};
    await this.copy(
      'challenge',
      { ...CHALLENGE_OVERRIDES, ...(state === 'VERIFIED' ? VERIFIED_OVERRIDES : {}) },
      made,
    );
    await this.copy('delivery', { ...DELIVERY_OVERRIDES, ...wiped }, made);
    return stock;
  }

  private async copy(
    table: 'challenge' | 'delivery',
    overrides: Readonly<Record<string, string>>,
    made: unknown[],
  ): Promise<void> {
    const columns = await columnsOf(this.client, table);
    const values = columns.map((column) => overrides[column] ?? `t.${column}`);
    const template = table === 'challenge' ? 't.id = $3' : 't.challenge_id = $3';
    await this.client.query(
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${table} t,
         unnest($1::uuid[], $2::bytea[]) AS m (id, mac)
       WHERE ${template}`,
      [...made, this.templateId],
    );
  }
}

/** The columns that can be written. */
export async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  );
  return rows.map(({ column_name }) => column_name);
}

function rightCode(): string {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  return isWrong(code) ? rightCode() : code;
}
