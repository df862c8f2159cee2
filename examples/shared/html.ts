/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** HTML in which every value is escaped, unless it is HTML itself. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  return new Html(parts.map((part, index) => part + written(values[index] ?? '')).join(''));
}

export const NOTHING = new Html('');

function written(value: string | Html): string {
  if (value instanceof Html) return value.text;
  return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page with one heading, which is its title too. */
export function page(title: string, content: Html, script?: string): Html {
  const scripted = script === undefined ? NOTHING : html`<script type="module" src="${script}"></script>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
        ${scripted}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}

/** Something that a screen reader says at once, wherever it is on the page. */
export function alert(message: string): Html {
  return message === '' ? NOTHING : html`<p role="alert" id="problem">${message}</p>`;
}

export const STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
main { max-width: 28rem; margin: 3rem auto; padding: 0 1rem }
label, input, button { display: block; font: inherit }
input { box-sizing: border-box; width: 100%; padding: .5rem; margin: .25rem 0 1rem }
button { min-height: 2.75rem; padding: .5rem 1rem; margin-top: .5rem }
[role=alert] { border-inline-start: .3rem solid #c62828; padding-inline-start: .75rem }
`;
