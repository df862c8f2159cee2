import { type AcsClient, isProblem } from '../../clients/typescript/src/index.js';
import { html, type Html, page } from '../shared/html.js';
import type { Reply, Site, Visit } from '../shared/web.js';
import { signOnAction } from './sign-on-action.js';

export interface WebSession {
  userId?: string;
}

/** Moves the token from the address bar into the form, so that it stays in no history. */
const SCRIPT = `
const given = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, '', location.pathname);
for (const name of ['challenge', 'token'])
  document.querySelector('input[name=' + name + ']').value = given.get(name) ?? '';
document.querySelector('button').disabled = false;
`;

/** The website: it signs on who brings a token that the app asked for. `url` is its own. */
export function web(acs: AcsClient, url: () => string): Site<WebSession> {
  return {
    cookie: 'web',
    newSession: () => ({}),
    scripts: { '/sign-on.js': SCRIPT },
    routes: {
      'GET /': ({ session }) => account(session),
      'GET /sign-on': () => signOnPage(),
      'POST /sign-on': (visit) => signOn(acs, url(), visit),
    },
  };
}

/** A button, so that whoever was sent here with another's token sees it before anything happens. */
function signOnPage(): Html {
  return page(
    'Sign on to the web',
    html`<p>Go on with the account that you use in the app.</p>
      <form method="post" action="/sign-on">
        <input type="hidden" name="challenge" />
        <input type="hidden" name="token" />
        <button disabled>Continue</button>
      </form>
      <noscript><p>This page needs JavaScript to take over from the app.</p></noscript>`,
    '/sign-on.js',
  );
}

async function signOn(
  acs: AcsClient,
  url: string,
  { session, field, ip, renew }: Visit<WebSession>,
): Promise<Reply> {
  const id = field('challenge');
  const action = signOnAction(url);
  try {
    await acs.challenges.answer(id, { answer: field('token'), action, client: { ip } });
    const { subject } = await acs.challenges.complete(id, { action });
    if (subject === null) return refused();
    session.userId = subject;
  } catch (error) {
    // Wrong, used, expired, made for another site, or none at all.
    if (isProblem(error) && error.status < 500 && error.status !== 429) return refused();
    throw error;
  }
  renew();
  return '/';
}

function refused(): Html {
  return page(
    'That did not work',
    html`<p role="alert">
      This link was used already, or is too old. Open your account from the app again.
    </p>`,
  );
}

function account({ userId }: WebSession): Html {
  if (userId === undefined) return page('The web', html`<p>Nobody is signed in. Come here from the app.</p>`);
  return page('Your account', html`<p role="status">Signed in as ${userId}.</p>`);
}
