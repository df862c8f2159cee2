import { TypeGuards } from 'liquidjs';
import type { Finding } from '../shared/app-error.js';
import { alwaysNames } from './always-names.js';
import type { ParsedText } from './liquid-engine.js';
import { lintPart, templateFinding } from './lint-part.js';
import type { Rendering } from './lint-rendered.js';
import { linkOrigin } from './link-origin.js';
import { withLink } from './render.js';
import { previewScope } from './samples.js';
import { variablesOf } from './variables-of.js';

const POINTER = '/template/link';

/**
 * What is wrong with an EMAIL_LINK template's link: its origin must stand in front of every tag and be one that
 * the configuration allows, and the token belongs in the fragment, which no server, log or scanner sees.
 */
export function lintLink(rendering: Rendering): readonly Finding[] {
  const { template, context } = rendering;
  if (context.type !== 'EMAIL_LINK') return [];
  if (template.link === null)
    return [
      finding(
        'link-missing',
        'An EMAIL_LINK template needs a link, such as "https://app.example/confirm#token={{ token }}".',
      ),
    ];
  const { parsed, findings } = lintPart(POINTER, template.link, 'url', 'link');
  if (!parsed) return findings;
  const all = [...findings, ...lintOrigin(template.link, context.allowedOrigins)];
  return all.length > 0 ? all : lintToken(rendering, parsed);
}

function lintOrigin(link: string, allowedOrigins: readonly string[]): Finding[] {
  const origin = linkOrigin(link);
  if (origin === null)
    return [
      finding(
        'link-not-https',
        'The link must begin with https://, a host and a path, without user name and before any tag; http is for localhost alone.',
      ),
    ];
  return allowedOrigins.includes(origin)
    ? []
    : [finding('origin-not-allowed', `The configuration's links.allowedOrigins lacks ${origin}.`)];
}

function lintToken({ template, context, budget }: Rendering, parsed: ParsedText): Finding[] {
  try {
    const sample = previewScope(context, {});
    const { link = '' } = withLink(template, sample, budget);
    const fragmentAt = link.indexOf('#');
    const inFragment = fragmentAt >= 0 && link.indexOf(sample.token ?? '', fragmentAt) > fragmentAt;
    const elsewhere = link.slice(0, Math.max(fragmentAt, 0)).includes(sample.token ?? '');
    const isSound = inFragment && !elsewhere && URL.canParse(link);
    if (isSound && !namesBeforeFragment(parsed, 'token') && alwaysNames(parsed, ['token'])) return [];
    return [
      finding(
        'token-misplaced',
        'The link must carry {{ token }} in its fragment, after "#", and nowhere else.',
      ),
    ];
  } catch (error) {
    return [templateFinding(POINTER, error)];
  }
}

/** Whether some caller may find a variable in front of the fragment, which must begin for all alike. */
function namesBeforeFragment({ templates, engine }: ParsedText, variable: string): boolean {
  const fragmentAt = templates.findIndex(
    ({ token }) => TypeGuards.isHTMLToken(token) && token.getContent().includes('#'),
  );
  const before = templates.slice(0, Math.max(fragmentAt, 0));
  return (
    fragmentAt < 0 || variablesOf({ templates: before, engine }).some(({ path }) => path[0] === variable)
  );
}

function finding(code: string, detail: string): Finding {
  return { pointer: POINTER, code, detail };
}
