import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const CONNECT_MS = 5_000;

/** Opens a connection to the host of an http(s) URL, encrypted for https, and closes it; rejects when it cannot. */
export async function reach(url: URL): Promise<void> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isTls = url.protocol === 'https:';
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  await new Promise<void>((resolve, reject) => {
    const socket = isTls
      ? connectTls({ host, port, ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }) })
      : connect({ host, port });
    const settle = (done: () => void) => (): void => {
      socket.destroy();
      done();
    };
    socket.setTimeout(
      CONNECT_MS,
      settle(() => {
        reject(Object.assign(new Error('No answer'), { code: 'ETIMEDOUT' }));
      }),
    );
    socket.once('error', reject);
    socket.once(isTls ? 'secureConnect' : 'connect', settle(resolve));
  });
}
