import { Logger } from '@nestjs/common';
import { fetchIssuerMetadata } from '../../auth/issuer-metadata.js';
import { TokenIntrospection } from '../../auth/introspection.js';
import { readKeySet } from '../../auth/key-set.js';
import { OutboundJson } from '../../auth/outbound-json.js';
import { TrustedIssuer } from '../../auth/trusted-issuer.js';
import type { Issuer } from '../../environment/environment.js';
import { readIssuers } from '../../environment/issuers.js';
import { Variables } from '../../environment/variables.js';
import { AppError } from '../../shared/app-error.js';
import { networkCode, networkFault } from '../network-fault.js';
import { type Check, fail, ok } from './check.js';
import { readIfSound } from './environment-checks.js';

/** That the API will get the keys of every issuer of `AUTH_ISSUERS`, and answers about opaque tokens. */
export async function checkIssuers(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const issuers = env['AUTH_ISSUERS']?.trim() ? readIfSound(env, readIssuers) : [];
  if (!issuers || issuers.length === 0) return [];
  // What the parts of the API log about a failure is said by the checks.
  Logger.overrideLogger(false);
  const http = new OutboundJson(new Variables(env).production, issuers.flatMap(configuredUrls));
  try {
    return (await Promise.all(issuers.map((issuer) => checkIssuer(issuer, http)))).flat();
  } finally {
    await http.close();
  }
}

async function checkIssuer(issuer: Issuer, http: OutboundJson): Promise<Check[]> {
  const subject = `issuer ${issuer.issuer}`;
  return [
    await checkKeys(subject, issuer, http),
    ...(issuer.introspection ? [await checkIntrospection(subject, issuer, http)] : []),
  ];
}

async function checkKeys(subject: string, issuer: Issuer, http: OutboundJson): Promise<Check> {
  try {
    const jwksUri = issuer.jwksUri ?? (await fetchIssuerMetadata(issuer, http)).jwksUri;
    if (jwksUri === undefined)
      return fail(subject, 'its metadata names no jwks_uri; set jwksUri in AUTH_ISSUERS');
    const { status, json } = await http.get(jwksUri);
    if (json === undefined) return fail(subject, `its keys cannot be had: ${jwksUri} answers ${status}`);
    readKeySet(json);
    return ok(subject, 'its keys can be had');
  } catch (error) {
    if (networkCode(error) !== undefined) return fail(subject, `its host ${networkFault(error)}`);
    const said = error instanceof Error ? error.message : '';
    return fail(subject, `its keys cannot be had: ${said}. Correct "issuer" or "jwksUri" in AUTH_ISSUERS`);
  }
}

/** Asks about a token that is none: whoever may ask is told that it is not active. */
async function checkIntrospection(subject: string, issuer: Issuer, http: OutboundJson): Promise<Check> {
  try {
    await new TokenIntrospection([new TrustedIssuer(issuer)], http, Date.now).verify('acs-doctor');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'token-invalid') return ok(subject, 'its introspection endpoint answers');
  }
  return fail(
    subject,
    'its introspection endpoint does not answer as it should; check "endpoint", "clientId" and "clientSecret" or "privateKey" of "introspection" in AUTH_ISSUERS',
  );
}

function configuredUrls({ issuer, jwksUri, introspection }: Issuer): readonly string[] {
  return [issuer, jwksUri, introspection?.endpoint].filter((url) => url !== undefined);
}
