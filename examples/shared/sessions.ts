import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** At most so many are kept; the oldest goes first. */
const SESSIONS = 10_000;

/** The name of a session, which only the browser of that session knows. */
class SessionName<Session> {
  constructor(
    private readonly sessions: Map<string, Session>,
    private readonly session: Session,
    private readonly cookie: string,
    private value: string,
  ) {}

  keep(response: ServerResponse): void {
    this.sessions.set(this.value, this.session);
    const [oldest] = this.sessions.keys();
    if (this.sessions.size > SESSIONS && oldest !== undefined) this.sessions.delete(oldest);
    // Strict: a form of another site comes without it.
    response.setHeader('set-cookie', `${this.cookie}=${this.value}; HttpOnly; SameSite=Strict; Path=/`);
  }

  renew(response: ServerResponse): void {
    this.sessions.delete(this.value);
    this.value = newName();
    this.keep(response);
  }
}

/** The session that a browser's cookies name, or a new one. */
export function sessionOf<Session>(
  { cookie, newSession }: { readonly cookie: string; readonly newSession: () => Session },
  sessions: Map<string, Session>,
  cookies = '',
): { readonly name: SessionName<Session>; readonly session: Session } {
  const known = new RegExp(`(?:^|; )${cookie}=([\\w-]+)`).exec(cookies)?.[1];
  const found = known === undefined ? undefined : sessions.get(known);
  const session = found ?? newSession();
  const value = found !== undefined && known !== undefined ? known : newName();
  return { name: new SessionName(sessions, session, cookie, value), session };
}

const newName = (): string => randomBytes(32).toString('base64url');
