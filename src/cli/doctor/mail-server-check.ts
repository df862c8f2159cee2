import { createTransport, type NodemailerError } from 'nodemailer';
import { mailGatewayPoolOptions, smtpPoolOptions } from '../../delivery/channels/smtp-settings.js';
import type { ProviderAddress } from '../../environment/environment.js';
import { networkFault } from '../network-fault.js';
import { type Check, fail, ok } from './check.js';

/** Greets the mail server, encrypted and with a login as the provider is configured, and leaves. */
export async function checkMailServer(subject: string, address: ProviderAddress): Promise<Check> {
  const isGateway = address.scheme === 'mail-gateway';
  const transport = createTransport(isGateway ? mailGatewayPoolOptions(address) : smtpPoolOptions(address));
  try {
    await transport.verify();
    return ok(subject, address.url.username === '' ? 'greets' : 'greets, and takes the login');
  } catch (error) {
    return fail(subject, faultOf(error as NodemailerError));
  } finally {
    transport.close();
  }
}

function faultOf(error: NodemailerError): string {
  const { code, responseCode } = error;
  if (code === 'EAUTH') return 'refused the user or the password';
  if (code === 'ETLS' && error.originalCode === undefined)
    return 'offers no encryption that can be used; see tls= of its DSN';
  if (responseCode !== undefined) return `turned the connection away with SMTP status ${responseCode}`;
  return networkFault(error);
}
