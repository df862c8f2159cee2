import { readFileSync } from 'node:fs';
import type { Issuer } from './environment.js';
import { isReadableFile, pathOfFileReference } from './file-reference.js';
import { readIssuer } from './issuer.js';
import { JsonMembers } from './json-members.js';
import { tenantsMeet } from './tenant-patterns.js';
import type { Variables } from './variables.js';

const KEY = 'AUTH_ISSUERS';

/** `AUTH_ISSUERS`: a JSON array of issuers, or `file:` and the path of one. At least one is required. */
export function readIssuers(variables: Variables): readonly Issuer[] {
  const text = variables.required(KEY, 'a JSON array of issuers, or "file:" and the path of one');
  if (text === undefined) return [];
  const content = contentOf(variables, text);
  const json = content === undefined ? undefined : variables.json(KEY, content);
  if (json === undefined) return [];
  if (!Array.isArray(json) || json.length === 0) {
    variables.report(KEY, 'must be a JSON array of one issuer or more');
    return [];
  }
  const issuers = json.map((item: unknown, index) => {
    const say = (fault: string): void => {
      variables.report(KEY, `issuer ${index + 1} ${fault}`);
    };
    return readIssuer(new JsonMembers(item, say), variables.production);
  });
  reportOverlaps(variables, issuers);
  return issuers;
}

function contentOf(variables: Variables, text: string): string | undefined {
  if (!text.startsWith('file:')) return text;
  const path = pathOfFileReference(text);
  if (path !== undefined && isReadableFile(text)) return readFileSync(path, 'utf8');
  variables.report(KEY, 'names a file that cannot be read; correct the path or its permissions');
  return undefined;
}

/**
 * No issuer may stand twice, and no two may speak for one tenant unless one of them says so: either could forge
 * tokens of the other's callers.
 */
function reportOverlaps(variables: Variables, issuers: readonly Issuer[]): void {
  issuers.forEach((issuer, index) => {
    const say = (fault: string): void => {
      variables.report(KEY, `issuer ${index + 1} ${fault}`);
    };
    const earlier = issuers.slice(0, index);
    if (issuer.issuer !== '' && earlier.some((other) => other.issuer === issuer.issuer))
      say('has the "issuer" of an earlier one; merge the two');
    if (issuer.sharesTenantsWith?.some((name) => !issuers.some((other) => other.issuer === name)))
      say('has a "sharesTenantsWith" that names no "issuer" of the list');
    earlier.forEach((other, position) => {
      if (!isStated(issuer, other) && tenantsMeet(issuer.tenants, other.tenants))
        say(
          `has "tenants" that issuer ${position + 1} may speak for too; keep them apart, or name the other's "issuer" in "sharesTenantsWith"`,
        );
    });
  });
}

function isStated(one: Issuer, other: Issuer): boolean {
  return [
    one.sharesTenantsWith?.includes(other.issuer),
    other.sharesTenantsWith?.includes(one.issuer),
  ].includes(true);
}
