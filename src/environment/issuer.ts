import type { Issuer } from './environment.js';
import { JsonMembers } from './json-members.js';
import { faultOfBaseUrl, faultOfHttpUrl } from './urls.js';
import { present } from './variables.js';

const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'] as const;
/** Asymmetric signatures alone: `none` and HMAC would let anyone who knows the public key sign (RFC 8725, 3.1). */
const ALGORITHMS: readonly string[] = [...DEFAULT_ALGORITHMS, 'RS384', 'RS512', 'PS384', 'PS512', 'ES512'];
/** RFC 9068, section 4. */
const DEFAULT_TYP = ['at+jwt'];
const TENANT_PATTERN = /^[A-Za-z0-9*][A-Za-z0-9._:@|*-]{0,127}$/;

const MEMBERS = [
  'issuer',
  'audience',
  'jwksUri',
  'algorithms',
  'typ',
  'tenantClaim',
  'scopeClaim',
  'tenants',
  'introspection',
];

/** One member of `AUTH_ISSUERS`; reports every fault by member. */
export function readIssuer(members: JsonMembers, production: boolean): Issuer {
  members.reportUnknown(MEMBERS);
  const jwksUri = readUrl(members, 'jwksUri', production);
  return {
    issuer: readIssuerValue(members, jwksUri !== undefined, production),
    audience:
      typeof members.value('audience') === 'string' ? [members.text('audience')] : members.texts('audience'),
    algorithms: readAlgorithms(members),
    typ: members.texts('typ', DEFAULT_TYP),
    tenantClaim: members.text('tenantClaim'),
    tenants: readTenants(members),
    ...present({
      jwksUri,
      scopeClaim: members.optionalText('scopeClaim'),
      introspection: readIntrospection(members, production),
    }),
  };
}

/** Compared with `iss` character by character; metadata is discovered from it unless `jwksUri` is given. */
function readIssuerValue(members: JsonMembers, hasKeys: boolean, production: boolean): string {
  const issuer = members.text('issuer');
  if (issuer === '') return issuer;
  const isOtherUri = hasKeys && URL.canParse(issuer) && !/^https?:/i.test(issuer);
  const fault = isOtherUri ? undefined : faultOfBaseUrl(issuer, production);
  if (fault) members.report(`"issuer" ${fault}`);
  return issuer;
}

function readAlgorithms(members: JsonMembers): readonly string[] {
  const algorithms = members.texts('algorithms', DEFAULT_ALGORITHMS);
  if (!algorithms.every((name) => ALGORITHMS.includes(name)))
    members.report(`"algorithms" may hold asymmetric ones alone: ${ALGORITHMS.join(', ')}`);
  return algorithms;
}

function readTenants(members: JsonMembers): readonly string[] {
  const tenants = members.texts('tenants');
  if (!tenants.every((tenant) => TENANT_PATTERN.test(tenant)))
    members.report(
      '"tenants" may hold names, or patterns with *, of at most 128 letters, digits and . _ : @ | - that start with a letter or digit',
    );
  return tenants;
}

function readIntrospection(members: JsonMembers, production: boolean): Issuer['introspection'] {
  if (!members.has('introspection')) return undefined;
  const inner = new JsonMembers(members.value('introspection'), (fault) => {
    members.report(`"introspection" ${fault}`);
  });
  inner.reportUnknown(['endpoint', 'clientId', 'clientSecret']);
  return {
    endpoint: readUrl(inner, 'endpoint', production) ?? inner.text('endpoint'),
    clientId: inner.text('clientId'),
    clientSecret: inner.text('clientSecret'),
  };
}

function readUrl(members: JsonMembers, name: string, production: boolean): string | undefined {
  const url = members.optionalText(name);
  const fault = url ? faultOfHttpUrl(url, production) : undefined;
  if (fault) members.report(`"${name}" ${fault}`);
  return url;
}
