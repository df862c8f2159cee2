/** What a run has started: ended in reverse order, each once, whatever became of the run. */
export class Belongings {
  private readonly ends: { readonly name: string; readonly end: () => Promise<unknown> }[] = [];

  add(name: string, end: () => Promise<unknown>): void {
    this.ends.push({ name, end });
  }

  /** Ends all; what cannot be ended is told and does not keep the others. */
  async end(): Promise<void> {
    for (let last = this.ends.pop(); last; last = this.ends.pop()) {
      const { name, end } = last;
      await end().catch((error: unknown) => {
        console.error(`${name} could not be ended:`, error);
      });
    }
  }
}
