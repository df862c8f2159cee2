/** The process must not start: every finding at once, by key, with what to do and never a value. */
export class EnvironmentError extends Error {
  constructor(readonly findings: readonly string[]) {
    const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
    super(`The environment cannot be used, ${count}:\n${findings.map((text) => `- ${text}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}
