import { type AcsClient, isProblem } from '../../clients/typescript/src/index.js';
import type { Reply, Site, Visit } from '../shared/web.js';
import { askCode, askEmail, askPassword, askSignIn, done, MIN_PASSWORD_LENGTH, signedIn } from './pages.js';
import type { User, Users } from './users.js';

/** A reset that has begun, of an address that may be nobody's. */
interface Reset {
  readonly email: string;
  readonly user: User | undefined;
  /** The challenge that was sent, once it was. */
  readonly challengeId: Promise<string | undefined>;
  wrongCodes: number;
}

export interface Session {
  reset?: Reset | undefined;
  /** The challenge of the reset, when its code was given. */
  verifiedId?: string | undefined;
  user?: User;
}

/** As many as the policy allows; counted here too, so that an address without an account behaves alike. */
const MAX_CODES = 5;
const START_AGAIN = 'That code can no longer be used. Ask for a new one.';

/** The pages of a password reset: ask who, send a code, check it, and set the password once the challenge is complete. */
export function passwordReset(acs: AcsClient, users: Users): Site<Session> {
  return {
    cookie: 'password-reset',
    newSession: () => ({}),
    routes: {
      'GET /': () => askEmail(),
      'POST /': (visit) => begin(acs, users, visit),
      'GET /code': ({ session }) => (session.reset ? askCode(session.reset.email) : '/'),
      'POST /code': (visit) => checkCode(acs, visit),
      'GET /password': ({ session }) => (session.verifiedId === undefined ? '/' : askPassword()),
      'POST /password': (visit) => setPassword(acs, users, visit),
      'GET /done': () => done(),
      'GET /sign-in': ({ session }) => (session.user ? signedIn(session.user.name) : askSignIn()),
      'POST /sign-in': (visit) => signIn(users, visit),
    },
  };
}

/** The page tells nobody who has an account: it neither says so nor waits for the challenge. */
function begin(acs: AcsClient, users: Users, { session, field, ip }: Visit<Session>): Reply {
  const email = field('email').trim();
  const user = users.byEmail(email);
  const challengeId = user ? send(acs, user, ip) : Promise.resolve(undefined);
  session.reset = { email, user, challengeId, wrongCodes: 0 };
  session.verifiedId = undefined;
  return '/code';
}

async function send(acs: AcsClient, user: User, ip: string): Promise<string | undefined> {
  try {
    const { id } = await acs.challenges.create({
      policyAlias: 'password-reset',
      recipient: user.email,
      subject: user.id,
      action: actionOf(user),
      client: { ip },
    });
    return id;
  } catch (error) {
    console.error('No code was sent:', error);
    return undefined;
  }
}

/** What the challenge approves: this and nothing else. */
function actionOf({ id }: User): { name: string; details: { account: string } } {
  return { name: 'password-reset', details: { account: id } };
}

async function checkCode(acs: AcsClient, { session, field, ip }: Visit<Session>): Promise<Reply> {
  const { reset } = session;
  if (!reset) return '/';
  const id = await reset.challengeId;
  try {
    if (id !== undefined) {
      await acs.challenges.answer(id, { answer: field('code'), client: { ip } });
      session.verifiedId = id;
      return '/password';
    }
  } catch (error) {
    if (isProblem(error, 'challenge-state-conflict')) return startAgain(session);
    if (!isProblem(error, 'answer-incorrect', 'request-invalid')) throw error;
  }
  reset.wrongCodes += 1;
  if (reset.wrongCodes >= MAX_CODES) return startAgain(session);
  return askCode(reset.email, 'That is not the code. Look at the newest message.');
}

async function setPassword(
  acs: AcsClient,
  users: Users,
  { session, field, renew }: Visit<Session>,
): Promise<Reply> {
  const { verifiedId, reset } = session;
  if (verifiedId === undefined || !reset?.user) return '/';
  const password = field('password');
  if (password.length < MIN_PASSWORD_LENGTH)
    return askPassword(`That is too short: it needs ${MIN_PASSWORD_LENGTH} characters.`);
  try {
    const { subject } = await acs.challenges.complete(verifiedId, { action: actionOf(reset.user) });
    if (subject === null) throw new Error('The challenge was made without a subject');
    // Completed once, for one account: now, and for that account alone, the password changes.
    await users.setPassword(subject, password);
  } catch (error) {
    if (isProblem(error, 'challenge-state-conflict')) return startAgain(session);
    throw error;
  }
  session.reset = session.verifiedId = undefined;
  renew();
  return '/done';
}

async function signIn(users: Users, { session, field, renew }: Visit<Session>): Promise<Reply> {
  const user = await users.signIn(field('email'), field('password'));
  if (!user) return askSignIn('Address and password do not belong together.');
  session.user = user;
  renew();
  return '/sign-in';
}

function startAgain(session: Session): Reply {
  session.reset = session.verifiedId = undefined;
  return askEmail(START_AGAIN);
}
