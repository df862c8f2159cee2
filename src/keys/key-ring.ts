import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { SecretKey } from '../environment/environment.js';

/** What a derived key is for; a key for one purpose says nothing about another (RFC 5869, `info`). */
export type KeyPurpose = 'answer' | 'seal' | 'index' | 'cursor' | 'request';

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DERIVED_KEYS_KEPT = 10_000;

/**
 * The deployment's secret keys. Every use derives a key of its own by HKDF-SHA-256 (RFC 5869) from a key of
 * the ring, the tenant and the purpose. The first key of the ring writes; all of them read, by the key id
 * that stands beside what was written.
 */
export class KeyRing {
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly derived = new Map<string, Buffer>();
  readonly currentKeyId: string;

  constructor(keys: readonly SecretKey[]) {
    const first = keys[0];
    if (!first) throw new Error('The key ring is empty');
    this.currentKeyId = first.id;
    this.keys = new Map(keys.map(({ id, bytes }) => [id, bytes]));
  }

  /** Every key id, the writing key first. */
  get keyIds(): readonly string[] {
    return [...this.keys.keys()];
  }

  /** What every envelope of the writing key begins with, and no envelope of another. */
  get currentHeader(): Buffer {
    return headerOf(this.currentKeyId);
  }

  /** HMAC-SHA-256 of the parts under the tenant's key for the purpose; 32 bytes. Parts cannot run into one another. */
  mac(
    tenant: string,
    purpose: KeyPurpose,
    parts: readonly (string | Buffer)[],
    keyId = this.currentKeyId,
  ): Buffer {
    const mac = createHmac('sha256', this.derive(tenant, purpose, keyId));
    for (const part of parts) {
      const bytes = Buffer.from(part as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      mac.update(length).update(bytes);
    }
    return mac.digest();
  }

  /**
   * Seals with AES-256-GCM under the tenant's key, a random nonce, and the tenant and row as associated data:
   * an envelope opens only where it was written. Layout: format, key id length, key id, nonce, tag, ciphertext.
   */
  seal(tenant: string, rowId: string, plaintext: string | Buffer): Buffer {
    const header = this.currentHeader;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.derive(tenant, 'seal', this.currentKeyId), nonce);
    cipher.setAAD(associatedData(header, tenant, rowId));
    const body = Buffer.concat([cipher.update(Buffer.from(plaintext as string)), cipher.final()]);
    return Buffer.concat([header, nonce, cipher.getAuthTag(), body]);
  }

  /** Opens what `seal` wrote for the same tenant and row; throws when it was altered, moved or its key is gone. */
  open(tenant: string, rowId: string, envelope: Buffer): Buffer {
    const headerEnd = 2 + (envelope[1] ?? 0);
    const nonceEnd = headerEnd + NONCE_BYTES;
    const tagEnd = nonceEnd + TAG_BYTES;
    if (envelope[0] !== FORMAT || envelope.length < tagEnd)
      throw new Error('The sealed value has no known format');
    const header = envelope.subarray(0, headerEnd);
    const key = this.derive(tenant, 'seal', header.subarray(2).toString());
    const decipher = createDecipheriv('aes-256-gcm', key, envelope.subarray(headerEnd, nonceEnd));
    decipher.setAAD(associatedData(header, tenant, rowId));
    decipher.setAuthTag(envelope.subarray(nonceEnd, tagEnd));
    return Buffer.concat([decipher.update(envelope.subarray(tagEnd)), decipher.final()]);
  }

  private derive(tenant: string, purpose: KeyPurpose, keyId: string): Buffer {
    const name = `${keyId}\0${purpose}\0${tenant}`;
    const known = this.derived.get(name);
    if (known) return known;
    const secret = this.keys.get(keyId);
    if (!secret) throw new Error(`The key ring has no key "${keyId}"`);
    const key = Buffer.from(hkdfSync('sha256', secret, '', `acs/${purpose}/${tenant}`, 32));
    if (this.derived.size >= DERIVED_KEYS_KEPT) this.derived.clear();
    this.derived.set(name, key);
    return key;
  }
}

function headerOf(keyId: string): Buffer {
  const id = Buffer.from(keyId);
  return Buffer.concat([Buffer.from([FORMAT, id.length]), id]);
}

function associatedData(header: Buffer, tenant: string, rowId: string): Buffer {
  return Buffer.concat([header, Buffer.from(`\0${tenant}\0${rowId}`)]);
}
