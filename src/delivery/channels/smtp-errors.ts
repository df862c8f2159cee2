import type { NodemailerError } from 'nodemailer';
import { ProviderError, ProviderUnreachable } from '../application/provider.js';

/** Commands whose refusal is about this message; any other refuses us, which another provider may not do. */
const ABOUT_THE_MESSAGE = ['RCPT TO', 'DATA'];

/** Classes of enhanced codes about the server and its rules for us (RFC 3463, sections 3.4 and 3.8). */
const ABOUT_US = /^\d{3}[ -]5\.[37]\.\d/;
/** What servers without such codes say of a sender that they do not serve. */
const NOT_SERVED =
  /not verified|relay\w* (access )?(denied|not permitted|not allowed|prohibited)|unable to relay/i;

/**
 * What a failed hand-over means (RFC 5321, section 4.2.1). `begun` tells that the server was ready for the message
 * and some of it was sent: without its answer, it may have the message.
 */
export function classifySmtp(error: NodemailerError, begun: boolean): ProviderError {
  const { code, responseCode, response = '', command = '', permanent = false } = error;
  if (responseCode !== undefined && responseCode >= 400) {
    const isAboutUs = ABOUT_US.test(response) || NOT_SERVED.test(response);
    const isForGood = permanent && ABOUT_THE_MESSAGE.includes(command) && !isAboutUs;
    return new ProviderError(isForGood ? 'PERMANENT' : 'TRANSIENT', replyCode(error));
  }
  // Refused before a byte went out: no mailbox, or too large for this server.
  if (code === 'EENVELOPE' || (code === 'EMESSAGE' && !begun))
    return new ProviderError('PERMANENT', 'smtp-refused');
  return new ProviderUnreachable(begun ? 'UNKNOWN' : 'TRANSIENT', faultCode(error));
}

/** `smtp-550-5.1.1`: the reply and its enhanced code (RFC 3463), without the text, which may name the recipient. */
function replyCode({ responseCode, response = '' }: NodemailerError): string {
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  return ['smtp', responseCode, ...(enhanced === undefined ? [] : [enhanced])].join('-');
}

function faultCode({ code, originalCode }: NodemailerError): string {
  if (code === 'EABORT' || code === 'ETIMEDOUT') return 'smtp-timeout';
  return `smtp-${(originalCode ?? code ?? 'failed').toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
}
