import type { Finding } from '../shared/app-error.js';
import { plainText } from './terminal.js';

/** Findings for people, one a line; `place` tells where each is. */
export function findingLines(
  findings: readonly Finding[],
  place: (pointer: string) => string = () => '',
): string[] {
  return findings.map(({ pointer, code, detail }) =>
    plainText(`  ${[place(pointer), pointer || '/', code, detail].filter(Boolean).join('  ')}`),
  );
}
