import type { Finding } from '../shared/app-error.js';
import { lintPart, templateFinding } from './lint-part.js';
import type { Rendering } from './lint-rendered.js';
import { linkOrigin } from './link-origin.js';
import { MESSAGE_LIMITS, RenderBudget } from './render-budget.js';
import { withLink } from './render.js';
import { previewScope } from './samples.js';

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
  return all.length > 0 ? all : lintToken(rendering);
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

function lintToken({ template, context, budget }: Rendering): Finding[] {
  try {
    const sample = previewScope(context, {});
    const { link = '' } = withLink(template, sample, new RenderBudget(MESSAGE_LIMITS, budget));
    const fragmentAt = link.indexOf('#');
    const inFragment = fragmentAt >= 0 && link.indexOf(sample.token ?? '', fragmentAt) > fragmentAt;
    const elsewhere = link.slice(0, Math.max(fragmentAt, 0)).includes(sample.token ?? '');
    if (inFragment && !elsewhere && URL.canParse(link)) return [];
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

function finding(code: string, detail: string): Finding {
  return { pointer: POINTER, code, detail };
}
