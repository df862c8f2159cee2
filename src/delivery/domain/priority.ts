import type { TemplateVariables } from '../../template/template.js';

/** Which of the due deliveries goes first; lower does. Somebody sits waiting for a code, so it passes links. */
export function priorityOf(variables: Pick<TemplateVariables, 'code'>): number {
  return variables.code === undefined ? 1 : 0;
}
