import type { Finding } from '../../shared/app-error.js';
import { isLinkOrigin } from '../../template/link-origin.js';
import type { Settings } from './configuration.js';

/** What is wrong with settings whose every property is within its bounds. */
export function contradictions({ links }: Settings): readonly Finding[] {
  return links.allowedOrigins.flatMap((origin, index) =>
    isLinkOrigin(origin)
      ? []
      : [
          {
            pointer: `/links/allowedOrigins/${index}`,
            code: 'origin-invalid',
            detail:
              'It must be an origin such as "https://app.example": no path, no default port, in lower case; http is for localhost alone.',
          },
        ],
  );
}
