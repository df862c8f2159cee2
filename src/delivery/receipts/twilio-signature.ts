import { createHmac } from 'node:crypto';
import { areSame } from './same-bytes.js';

/**
 * Whether an account signed a form for a URL: HMAC-SHA1 over the URL and the sorted parameters, in base64
 * (https://www.twilio.com/docs/usage/security#validating-requests). Twilio may name or leave out the port.
 */
export function isSignedByTwilio(
  token: string,
  url: string,
  form: URLSearchParams,
  signature: string,
): boolean {
  const given = Buffer.from(signature, 'base64');
  const parameters = parametersOf(form);
  return spellingsOf(url)
    .map((spelling) =>
      createHmac('sha1', token)
        .update(spelling + parameters)
        .digest(),
    )
    .map((expected) => areSame(given, expected))
    .includes(true);
}

/** Names and values without separators, by name in the order of their code points; a repeated value counts once. */
function parametersOf(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  return names
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join('');
}

function spellingsOf(url: string): readonly string[] {
  const [, origin = '', port, rest = ''] =
    /^(https?:\/\/(?:\[[^\]]+\]|[^/:?#]+))(:\d+)?(.*)$/s.exec(url) ?? [];
  const standard = origin.startsWith('https:') ? ':443' : ':80';
  return [`${origin}${port ?? standard}${rest}`, `${origin}${rest}`];
}
