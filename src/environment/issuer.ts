import type { Issuer } from './environment.js';
import { readIntrospection } from './introspection.js';
import { JsonMembers } from './json-members.js';
import { ASYMMETRIC_ALGORITHMS, DEFAULT_ALGORITHMS } from './signature-algorithms.js';
import { faultOfBaseUrl, readUrl } from './urls.js';
import { present } from './variables.js';

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
  'sharesTenantsWith',
  'introspection',
];

/** One member of `AUTH_ISSUERS`; reports every fault by member. */
export function readIssuer(members: JsonMembers, production: boolean): Issuer {
  members.reportUnknown(MEMBERS);
  const jwksUri = readUrl(members, 'jwksUri', production);
  const issuer = readIssuerValue(members, jwksUri !== undefined, production);
  return {
    issuer,
    audience:
      typeof members.value('audience') === 'string' ? [members.text('audience')] : members.texts('audience'),
    algorithms: readAlgorithms(members),
    typ: readTyp(members),
    tenantClaim: members.text('tenantClaim'),
    tenants: readTenants(members),
    ...present({
      jwksUri,
      scopeClaim: members.optionalText('scopeClaim'),
      sharesTenantsWith: members.has('sharesTenantsWith') ? members.texts('sharesTenantsWith') : undefined,
      introspection: readIntrospection(members, issuer, production),
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
  if (!algorithms.every((name) => ASYMMETRIC_ALGORITHMS.includes(name)))
    members.report(`"algorithms" may hold asymmetric ones alone: ${ASYMMETRIC_ALGORITHMS.join(', ')}`);
  return algorithms;
}

/** Some issuers send no `typ`: null in the list says so. */
function readTyp(members: JsonMembers): Issuer['typ'] {
  const value = members.value('typ');
  if (!Array.isArray(value) || !value.includes(null)) return members.texts('typ', DEFAULT_TYP);
  const named: unknown[] = value.filter((type) => type !== null);
  if (named.length === 0) return [null];
  return [...new JsonMembers({ typ: named }, members.report).texts('typ'), null];
}

function readTenants(members: JsonMembers): readonly string[] {
  const tenants = members.texts('tenants');
  if (!tenants.every((tenant) => TENANT_PATTERN.test(tenant)))
    members.report(
      '"tenants" may hold names, or patterns with *, of at most 128 letters, digits and . _ : @ | - that start with a letter or digit',
    );
  return tenants;
}
