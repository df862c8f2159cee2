import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface SelfSigned {
  readonly certificate: string;
  readonly privateKey: KeyObject;
}

const RSA_WITH_SHA256 = Buffer.from('300d06092a864886f70d01010b0500', 'hex');

const SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex');

/**
 * An RSA key and a certificate of it (RFC 5280) that is valid from yesterday, for so many days, and for the server at
 * an IPv4 address where one is given.
 */
export function selfSigned(days = 30, address?: string): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const name = der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, 'sns.test'))));
  const yesterday = Date.now() - 86_400_000;
  const validity = der(0x30, time(yesterday), time(yesterday + days * 86_400_000));
  const body = der(
    0x30,
    ...(address === undefined ? [] : [der(0xa0, der(0x02, Buffer.from([2])))]),
    der(0x02, Buffer.from([1])),
    RSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(address === undefined ? [] : [der(0xa3, der(0x30, serverAt(address)))]),
  );
  const signature = createSign('RSA-SHA256').update(body).sign(privateKey);
  const whole = der(0x30, body, RSA_WITH_SHA256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    privateKey,
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

/** The extension that names the address which the certificate is for. */
function serverAt(address: string): Buffer {
  const octets = Buffer.from(address.split('.').map(Number));
  return der(0x30, SUBJECT_ALTERNATIVE_NAME, der(0x04, der(0x30, der(0x87, octets))));
}

/** A DER element (ITU-T X.690). */
function der(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** A GeneralizedTime. */
function time(milliseconds: number): Buffer {
  return der(0x18, new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, ''));
}
