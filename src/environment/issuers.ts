import { readFileSync } from 'node:fs';
import type { Issuer } from './environment.js';
import { isReadableFile, pathOfFileReference } from './file-reference.js';
import { readIssuer } from './issuer.js';
import { JsonMembers } from './json-members.js';
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

/** No issuer may stand twice, and no two may speak for one named tenant: either could forge for the other. */
function reportOverlaps(variables: Variables, issuers: readonly Issuer[]): void {
  issuers.forEach(({ issuer, tenants }, index) => {
    const earlier = issuers.slice(0, index);
    if (issuer !== '' && earlier.some((other) => other.issuer === issuer))
      variables.report(KEY, `issuer ${index + 1} has the "issuer" of an earlier one; merge the two`);
    const named = tenants.filter((tenant) => !tenant.includes('*'));
    if (earlier.some((other) => named.some((tenant) => other.tenants.includes(tenant))))
      variables.report(KEY, `issuer ${index + 1} names a tenant of an earlier one; a tenant has one issuer`);
  });
}
