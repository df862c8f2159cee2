import { createTransport } from 'nodemailer';

export interface MailerOptions {
  readonly port: number;
  readonly connections: number;
  readonly messages: number;
}

/** Hands messages like the service's to a sink through a bare nodemailer pool, as fast as it takes them. */
async function mail({ port, connections, messages }: MailerOptions): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
    ignoreTLS: true,
  });
  const text =
    'Your code to reset your password is 123456\nIt is valid for 10 minutes. If you did not ask for it, ignore this message.';
  const html =
    '<p>Your code to reset your password is <strong>123456</strong></p><p>It is valid for 10 minutes. If you did not ask for it, ignore this message.</p>';
  let next = 0;
  await Promise.all(
    Array.from({ length: 4 * connections }, async () => {
      while (next < messages) {
        const to = `mailer-${(next += 1)}@example.com`;
        await transport.sendMail({
          from: 'no-reply@acme.example',
          to,
          subject: '123456 is your code',
          text,
          html,
        });
      }
    }),
  );
  transport.close();
  console.log('done');
}

const options = process.env['MAILER'];
if (options !== undefined) await mail(JSON.parse(options) as MailerOptions);
