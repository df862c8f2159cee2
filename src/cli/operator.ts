import { userInfo } from 'node:os';
import type { AuditActor } from '../audit/audit-trail.js';

/** Who the audit trail names for what a command did: the name given, or the user of the operating system. */
export function operatorActor(name: string | undefined): AuditActor {
  return { issuer: 'acs-cli', client: name ?? systemUser() };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user often has a number and no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
