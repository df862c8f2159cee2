import MailDev from 'maildev';

/** A process of its own for the mailbox; `MAILBOX` holds its ports and its folder as JSON. */
const { smtpPort, webPort, folder } = JSON.parse(process.env.MAILBOX ?? '') as {
  smtpPort: number;
  webPort: number;
  folder: string;
};
const mailbox = new MailDev({
  smtp: smtpPort,
  ip: '127.0.0.1',
  web: webPort,
  webIp: '127.0.0.1',
  mailDirectory: folder,
  // What a long-lived mailbox keeps; the oldest go first.
  maxEmails: 500,
});
const { smtp, api } = await mailbox.start();
console.log(`listening ${smtp.getPort()} ${api?.getPort() ?? 0}`);
process.once('SIGTERM', () => {
  void mailbox.stop().finally(() => process.exit(0));
});
