/** Why a template cannot be parsed or rendered. */
export type TemplateErrorCode = 'syntax' | 'undefined-variable' | 'too-complex' | 'too-large' | 'unprintable';

/** A template that cannot be used. The message speaks of the template alone, never of the values put into it. */
export class TemplateError extends Error {
  constructor(
    readonly code: TemplateErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'TemplateError';
  }
}
