import type { Introspection } from './environment.js';
import { readClientKey } from './client-key.js';
import { JsonMembers } from './json-members.js';
import { readUrl } from './urls.js';

const MEMBERS = ['endpoint', 'clientId', 'clientSecret', 'privateKey', 'algorithm', 'keyId', 'audience'];
const OF_A_KEY = ['algorithm', 'keyId', 'audience'];

/** `introspection` of an issuer; reports every fault by member. */
export function readIntrospection(
  members: JsonMembers,
  issuer: string,
  production: boolean,
): Introspection | undefined {
  if (!members.has('introspection')) return undefined;
  const inner = new JsonMembers(members.value('introspection'), (fault) => {
    members.report(`"introspection" ${fault}`);
  });
  inner.reportUnknown(MEMBERS);
  const client = {
    endpoint: readUrl(inner, 'endpoint', production) ?? inner.text('endpoint'),
    clientId: inner.text('clientId'),
  };
  if (inner.has('privateKey')) {
    if (inner.has('clientSecret')) inner.report('has both "clientSecret" and "privateKey"; keep one');
    const privateKey = readClientKey(inner, issuer);
    return privateKey && { ...client, privateKey };
  }
  for (const name of OF_A_KEY) if (inner.has(name)) inner.report(`has "${name}" without a "privateKey"`);
  if (inner.has('clientSecret')) return { ...client, clientSecret: inner.text('clientSecret') };
  inner.report('needs a "clientSecret" or a "privateKey"');
  return { ...client, clientSecret: '' };
}
