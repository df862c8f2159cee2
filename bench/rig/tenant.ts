import { POLICY_SEEDS, TENANT_SEEDS } from '../../scripts/quickstart/seed.js';
import { callApi } from './api-call.js';
import { CODE_POLICY, TOKEN_POLICY } from './product.js';

/** The most that the built-in ceilings allow: what is measured is the counting, not the refusal. */
const ISSUANCE = {
  enabled: true,
  perRecipient: { max: 100, windowSeconds: 60 },
  perTenant: { max: 1_000_000, windowSeconds: 60 },
};

/** Gives the tenant its configuration and policies, through the public API: limits by default, as high as they go. */
export async function furnishTenant(url: string, token: string): Promise<void> {
  const { template } = POLICY_SEEDS.find(({ alias }) => alias === 'password-reset')!;
  const calls = [
    {
      method: 'PUT',
      path: '/v1/configuration',
      body: { ...TENANT_SEEDS[0]!.configuration, issuance: ISSUANCE },
    },
    { method: 'POST', path: '/v1/policies', body: { alias: CODE_POLICY, type: 'EMAIL_OTP', template } },
    {
      method: 'POST',
      path: '/v1/policies',
      body: { alias: TOKEN_POLICY, type: 'TOKEN', conditions: { expiresInSeconds: 600 } },
    },
  ];
  for (const call of calls) {
    const { status, body } = await callApi(url, token, call);
    if (status >= 300) throw new Error(`${call.path} was refused: ${JSON.stringify(body)}`);
  }
}
