import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import { AppError } from '../../shared/app-error.js';

const LIFE_SECONDS = 86_400;

/**
 * Cursors that say where a list goes on: opaque and authenticated, of one tenant and one list, good for a day.
 * Anything else is `request-invalid`.
 */
@Injectable()
export class ListCursor {
  constructor(private readonly keyRing: KeyRing) {}

  /** `list` names the list, parent included. */
  write(tenant: string, list: string, position: string): string {
    const keyId = this.keyRing.currentKeyId;
    const madeAt = String(nowSeconds());
    const mac = this.keyRing.mac(tenant, 'cursor', [list, madeAt, position], keyId).toString('base64url');
    return Buffer.from(JSON.stringify([keyId, madeAt, position, mac])).toString('base64url');
  }

  /** The position in a cursor that `write` made for the same tenant and list. */
  read(tenant: string, list: string, cursor: string): string {
    const [keyId, madeAt, position, mac] = partsOf(cursor);
    if (!this.keyRing.keyIds.includes(keyId)) throw invalidCursor();
    const expected = this.keyRing.mac(tenant, 'cursor', [list, madeAt, position], keyId);
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalidCursor();
    if (Number(madeAt) + LIFE_SECONDS < nowSeconds()) throw invalidCursor();
    return position;
  }
}

type CursorParts = readonly [string, string, string, string];

function partsOf(cursor: string): CursorParts {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (isCursorParts(parts)) return parts;
  } catch {
    // Not JSON, so not ours.
  }
  throw invalidCursor();
}

function isCursorParts(parts: unknown): parts is CursorParts {
  return Array.isArray(parts) && parts.length === 4 && parts.every((part) => typeof part === 'string');
}

function invalidCursor(): AppError {
  return new AppError('request-invalid', {
    errors: [
      {
        pointer: '/cursor',
        code: 'cursor-invalid',
        detail: 'Start again without a cursor, or take `nextCursor` as it was given.',
      },
    ],
  });
}

/** Written and read by this service alone, so its own clock will do. */
function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
