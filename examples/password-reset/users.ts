import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const KEY_BYTES = 32;

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

interface Password {
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** Who has an account; in memory, where yours are in a database. */
export class Users {
  private readonly passwords = new Map<string, Password>();

  constructor(private readonly users: readonly User[]) {}

  byEmail(email: string): User | undefined {
    return this.users.find((user) => user.email === email.trim().toLowerCase());
  }

  async setPassword(id: string, password: string): Promise<void> {
    const salt = randomBytes(16);
    this.passwords.set(id, { salt, key: await derive(password, salt, KEY_BYTES) });
  }

  /** The user whose address and password these are. */
  async signIn(email: string, password: string): Promise<User | undefined> {
    const user = this.byEmail(email);
    const kept = user && this.passwords.get(user.id);
    if (!kept) return undefined;
    return timingSafeEqual(await derive(password, kept.salt, KEY_BYTES), kept.key) ? user : undefined;
  }
}
