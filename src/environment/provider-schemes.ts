import { isReadableFile } from './file-reference.js';
import { faultOfBaseUrl, isHost, isLoopback } from './urls.js';

export interface ProviderCheck {
  readonly url: URL;
  readonly parameters: URLSearchParams;
  readonly say: (fault: string) => void;
  readonly production: boolean;
}

export interface ProviderScheme {
  readonly keys: readonly ('EMAIL_PROVIDERS' | 'SMS_PROVIDERS')[];
  readonly parameters: readonly string[];
  readonly hasPath: boolean;
  readonly check: (check: ProviderCheck) => void;
}

const SMTP_PARAMETERS = ['tls', 'pool', 'dkimDomain', 'dkimSelector', 'dkimKey'];
const GATEWAY = {
  keys: ['EMAIL_PROVIDERS', 'SMS_PROVIDERS'],
  parameters: ['secret', 'template', 'receipts'],
  hasPath: true,
  check: checkGateway,
} as const satisfies ProviderScheme;

/** What every provider takes: how many messages it may be given in a second. */
export const COMMON_PARAMETERS: readonly string[] = ['rate'];

export function checkCommon({ parameters, say }: ProviderCheck): void {
  checkCount(parameters, 'rate', 10_000, say);
}

/** What each scheme of a provider DSN takes. In production nothing may cross a network in plain text. */
export const PROVIDER_SCHEMES: Readonly<Record<string, ProviderScheme>> = {
  smtp: { keys: ['EMAIL_PROVIDERS'], parameters: SMTP_PARAMETERS, hasPath: false, check: checkSmtp },
  smtps: { keys: ['EMAIL_PROVIDERS'], parameters: SMTP_PARAMETERS, hasPath: false, check: checkSmtp },
  ses: {
    keys: ['EMAIL_PROVIDERS'],
    parameters: ['configurationSet', 'topicArn', 'snsEndpoint', 'receipts'],
    hasPath: false,
    check: checkSes,
  },
  twilio: {
    keys: ['SMS_PROVIDERS'],
    parameters: ['from', 'messagingServiceSid', 'scheme', 'receipts'],
    hasPath: false,
    check: checkTwilio,
  },
  sns: { keys: ['SMS_PROVIDERS'], parameters: ['senderId'], hasPath: false, check: checkSns },
  'gateway+https': GATEWAY,
  'gateway+http': {
    ...GATEWAY,
    check: (check) => {
      if (check.production) check.say('must be gateway+https in production');
      checkGateway(check);
    },
  },
  'mail-gateway': {
    keys: ['SMS_PROVIDERS'],
    parameters: ['domain', 'from'],
    hasPath: false,
    check: checkMailGateway,
  },
};

function checkSmtp({ url, parameters, say, production }: ProviderCheck): void {
  const tls = parameters.get('tls') ?? 'required';
  if (!['required', 'opportunistic', 'off'].includes(tls))
    say('must have tls=required, opportunistic or off');
  if (url.protocol === 'smtps:' && tls !== 'required')
    say('is smtps, which is always encrypted; leave tls out');
  if (production && url.protocol === 'smtp:' && tls !== 'required' && !isLoopback(url.hostname))
    say('must have tls=required in production, unless its host is loopback');
  if ((url.username === '') !== (url.password === ''))
    say('must have both a user and a password, or neither');
  checkCount(parameters, 'pool', 100, say);
  checkDkim(parameters, say);
}

function checkDkim(parameters: URLSearchParams, say: (fault: string) => void): void {
  const given = ['dkimDomain', 'dkimSelector', 'dkimKey'].filter((name) => parameters.has(name));
  if (given.length === 0) return;
  if (given.length < 3) say('must have dkimDomain, dkimSelector and dkimKey together');
  if (!isHost(parameters.get('dkimDomain') ?? 'absent')) say('must have a domain name as dkimDomain');
  if (!isHost(parameters.get('dkimSelector') ?? 'absent')) say('must have a selector name as dkimSelector');
  checkFile(parameters, 'dkimKey', say);
}

function checkSes({ url, parameters, say, production }: ProviderCheck): void {
  checkRegion(url, say);
  checkReceipts(parameters, say, production);
  if (parameters.has('receipts') && !(parameters.has('configurationSet') && parameters.has('topicArn')))
    say('must have a configurationSet and the topicArn that its events go to, to have receipts');
  if (!SNS_TOPIC.test(parameters.get('topicArn') ?? ABSENT_TOPIC))
    say('must have the ARN of an SNS topic as topicArn');
  if (production && parameters.has('snsEndpoint')) say('must not have an snsEndpoint in production');
  if (!production && faultOfBaseUrl(parameters.get('snsEndpoint') ?? 'https://absent', production))
    say('must have a URL as snsEndpoint');
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(parameters.get('configurationSet') ?? 'absent'))
    say('must have a configurationSet of at most 64 letters, digits, hyphens and underscores');
}

const SNS_TOPIC = /^arn:aws[a-z-]*:sns:[a-z]{2}(-[a-z]+)+-\d{1,2}:\d{12}:[\w-]{1,256}$/;
const ABSENT_TOPIC = 'arn:aws:sns:eu-west-1:000000000000:absent';

function checkTwilio({ url, parameters, say, production }: ProviderCheck): void {
  if (url.username === '' || url.password === '')
    say('must have the account SID as user and the token as password');
  if (parameters.has('from') === parameters.has('messagingServiceSid'))
    say('must have either from or messagingServiceSid');
  if (parameters.get('from') === '') say('has an empty from');
  if (!/^MG\w+$/.test(parameters.get('messagingServiceSid') ?? 'MG0'))
    say('must have a messagingServiceSid that starts with MG');
  const scheme = parameters.get('scheme') ?? 'https';
  if (scheme !== 'https' && scheme !== 'http') say('must have scheme=https or http');
  if (production && scheme === 'http') say('must not have scheme=http in production');
  checkReceipts(parameters, say, production);
}

function checkSns({ url, parameters, say }: ProviderCheck): void {
  checkRegion(url, say);
  if (!/^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$/.test(parameters.get('senderId') ?? 'absent'))
    say('must have a senderId of at most 11 letters and digits, one of them a letter');
}

const SHORTEST_GATEWAY_SECRET = 16;

function checkGateway({ parameters, say, production }: ProviderCheck): void {
  const secret = parameters.get('secret') ?? '';
  if (secret === '') say('must have a secret, which signs what is posted');
  else if (production && (secret.length < SHORTEST_GATEWAY_SECRET || new Set(secret).size < 8))
    say(`must have a random secret of at least ${SHORTEST_GATEWAY_SECRET} characters in production`);
  if (parameters.has('template')) checkFile(parameters, 'template', say);
  checkReceipts(parameters, say, production);
}

/** Where providers reach the API: the base that the paths of receipts are appended to. */
function checkReceipts(parameters: URLSearchParams, say: (fault: string) => void, production: boolean): void {
  const base = parameters.get('receipts');
  const fault = base === null ? undefined : faultOfBaseUrl(base, production);
  if (fault) say(`has as receipts what ${fault}`);
}

function checkMailGateway({ url, parameters, say, production }: ProviderCheck): void {
  if (url.port === '') say('must have a port');
  if (!isHost(parameters.get('domain') ?? '')) say('must have the domain of the addresses it sends to');
  if (!/^[^\s@<>"]{1,64}@[^\s@<>"]{1,253}$/.test(parameters.get('from') ?? ''))
    say('must have an e-mail address as from');
  if (production && !isLoopback(url.hostname)) say('is not encrypted and must be on loopback in production');
}

function checkRegion(url: URL, say: (fault: string) => void): void {
  if (!/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(url.hostname)) say('must name an AWS region, such as eu-west-1');
}

function checkCount(
  parameters: URLSearchParams,
  name: string,
  max: number,
  say: (fault: string) => void,
): void {
  const text = parameters.get(name) ?? '1';
  if (!/^[1-9]\d{0,5}$/.test(text) || Number(text) > max) say(`must have a ${name} from 1 to ${max}`);
}

function checkFile(parameters: URLSearchParams, name: string, say: (fault: string) => void): void {
  if (!isReadableFile(parameters.get(name) ?? ''))
    say(`must have "file:" and the path of a readable file as ${name}`);
}
