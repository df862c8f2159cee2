import type { AcsClient } from '../../clients/typescript/src/index.js';
import { html, page } from '../shared/html.js';
import type { Site } from '../shared/web.js';
import { signOnAction } from './sign-on-action.js';

export interface AppSession {
  /** Signed in already; how is the app's own affair. */
  readonly userId: string;
  readonly name: string;
}

/** Stands for an app and its backend: its user is signed in, and wants to go on in the browser. */
export function app(acs: AcsClient, webUrl: string): Site<AppSession> {
  return {
    cookie: 'app',
    newSession: () => ({ userId: 'user-42', name: 'Ada' }),
    leadsTo: webUrl,
    routes: {
      'GET /': ({ session }) =>
        page(
          'The app',
          html`<p>${session.name} is signed in here.</p>
            <form method="post" action="/web">
              <button>Open my account on the web</button>
            </form>`,
        ),
      'POST /web': async ({ session, ip }) => {
        const { id, token } = await acs.challenges.create({
          policyAlias: 'app-to-web',
          subject: session.userId,
          action: signOnAction(webUrl),
          client: { ip },
        });
        if (token === undefined) throw new Error('The policy app-to-web is not of type TOKEN');
        // After the #, nothing of it reaches a server, a log or a Referer header.
        return `${webUrl}/sign-on#${new URLSearchParams({ challenge: id, token }).toString()}`;
      },
    },
  };
}
