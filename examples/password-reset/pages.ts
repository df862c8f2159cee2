import { alert, html, type Html, page } from '../shared/html.js';

export const MIN_PASSWORD_LENGTH = 12;

export function askEmail(problem = ''): Html {
  return page(
    'Reset your password',
    html`${alert(problem)}
      <form method="post" action="/">
        <label for="email">E-mail address</label>
        <input id="email" name="email" type="email" autocomplete="username" required />
        <button>Send me a code</button>
      </form>
      <p><a href="/sign-in">Sign in instead</a></p>`,
  );
}

export function askCode(email: string, problem = ''): Html {
  return page(
    'Check your e-mail',
    html`${alert(problem)}
      <p id="sent">If ${email} has an account, a code is on its way to it.</p>
      <form method="post" action="/code">
        <label for="code">Code</label>
        <input
          id="code"
          name="code"
          inputmode="numeric"
          autocomplete="one-time-code"
          aria-describedby="sent"
          required
        />
        <button>Continue</button>
      </form>
      <p><a href="/">Send another code</a></p>`,
  );
}

export function askPassword(problem = ''): Html {
  return page(
    'Choose a new password',
    html`${alert(problem)}
      <form method="post" action="/password">
        <label for="password">New password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="new-password"
          aria-describedby="rule"
          required
        />
        <p id="rule">At least ${String(MIN_PASSWORD_LENGTH)} characters.</p>
        <button>Set the password</button>
      </form>`,
  );
}

export function askSignIn(problem = ''): Html {
  return page(
    'Sign in',
    html`${alert(problem)}
      <form method="post" action="/sign-in">
        <label for="email">E-mail address</label>
        <input id="email" name="email" type="email" autocomplete="username" required />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button>Sign in</button>
      </form>
      <p><a href="/">Forgot your password?</a></p>`,
  );
}

export function done(): Html {
  return page(
    'Your password is changed',
    html`<p role="status">From now on the new one counts.</p>
      <p><a href="/sign-in">Sign in</a></p>`,
  );
}

export function signedIn(name: string): Html {
  return page(`Welcome, ${name}`, html`<p role="status">You are signed in.</p>`);
}
