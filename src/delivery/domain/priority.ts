import type { TemplateVariables } from '../../template/template.js';

export const CODE = 0;
export const LINK = 1;
const LINKS_FIRST_EVERY = 4;

/** Which of the due deliveries goes first; lower does. Somebody sits waiting for a code, so it passes links. */
export function priorityOf(variables: Pick<TemplateVariables, 'code'>): number {
  return variables.code === undefined ? LINK : CODE;
}

/** In which order the n-th look takes the priorities: every fourth takes links first, so that no flood of codes starves them. */
export function prioritiesOf(look: number): readonly number[] {
  return look % LINKS_FIRST_EVERY === LINKS_FIRST_EVERY - 1 ? [LINK, CODE] : [CODE, LINK];
}
