import type { RedisAddress } from './environment.js';
import { parseHostAndPort, percentDecoded } from './urls.js';
import { present, type Variables } from './variables.js';

const FORM =
  'must be redis://host:port, rediss://host:port, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port';
const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6_379;

/** `REDIS_URL`; undefined when it is unset. Credentials of Sentinel and Cluster are those of the data nodes. */
export function readRedisAddress(variables: Variables): RedisAddress | undefined {
  const text = variables.text('REDIS_URL');
  if (text === undefined) return undefined;
  const address = /^rediss?:/.test(text) ? parseSingle(text) : parseMany(text);
  if (!address) variables.report('REDIS_URL', FORM);
  return address;
}

function parseSingle(text: string): RedisAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const { hostname, pathname, search, hash } = new URL(text);
  const isPlain =
    hostname !== '' && /^(\/\d*)?$/.test(pathname) && /^(\?family=[046])?$/.test(search) && hash === '';
  return isPlain ? { kind: 'single', url: text } : undefined;
}

function parseMany(text: string): RedisAddress | undefined {
  const match = /^redis\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([A-Za-z0-9._-]*))?$/.exec(text);
  if (!match) return undefined;
  const [, kind, userinfo, hosts = '', name = ''] = match;
  const defaultPort = kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT;
  const nodes = hosts.split(',').flatMap((host) => parseHostAndPort(host, defaultPort) ?? []);
  const credentials = parseUserinfo(userinfo);
  if (nodes.length !== hosts.split(',').length || !credentials) return undefined;
  if (kind === 'cluster') return name === '' ? { kind, nodes, ...credentials } : undefined;
  return name === '' ? undefined : { kind: 'sentinel', sentinels: nodes, name, ...credentials };
}

function parseUserinfo(
  userinfo = '',
): { readonly username?: string; readonly password?: string } | undefined {
  const separator = userinfo.indexOf(':');
  const [user, secret] =
    separator < 0 ? [userinfo] : [userinfo.slice(0, separator), userinfo.slice(separator + 1)];
  const username = percentDecoded(user);
  const password = secret === undefined ? undefined : percentDecoded(secret);
  if (username === undefined || (secret !== undefined && password === undefined)) return undefined;
  return present({ username: username || undefined, password });
}
