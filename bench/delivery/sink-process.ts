import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What has arrived: when, in ms since the epoch, by recipient. */
export type Arrivals = Readonly<Record<string, number>>;

let arrivals: Record<string, number> = {};
let hangs = false;

/** Speaks just enough SMTP (RFC 5321, with PIPELINING of RFC 2920) to take messages as fast as they come; keeps none. */
function converse(socket: Socket): void {
  let unread = '';
  let recipient = '';
  let isData = false;
  const obey = (line: string): string => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') return '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8';
    if (verb === 'RCPT') recipient = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (verb === 'DATA') isData = true;
    if (verb === 'QUIT') return '221 bye';
    return isData ? '354 go ahead' : '250 ok';
  };
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    if (hangs) return;
    unread += chunk;
    for (;;) {
      const end = unread.indexOf(isData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const taken = unread.slice(0, end);
      unread = unread.slice(end + (isData ? 5 : 2));
      if (isData) {
        isData = false;
        arrivals[recipient] = performance.timeOrigin + performance.now();
        socket.write('250 2.0.0 taken\r\n');
      } else {
        socket.write(`${obey(taken)}\r\n`);
      }
    }
  });
  if (!hangs) socket.write('220 sink ESMTP\r\n');
}

const server = createServer(converse);
// Asked how many there are, or for all of them, which empties it; told to hang, or to answer again.
process.on('message', (asked: 'count' | 'take' | 'hang' | 'answer') => {
  if (asked === 'hang' || asked === 'answer') hangs = asked === 'hang';
  else if (asked === 'count') process.send?.({ count: Object.keys(arrivals).length });
  else {
    process.send?.({ arrivals });
    arrivals = {};
  }
});
process.channel?.ref();
server.listen(0, '127.0.0.1', () => {
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
