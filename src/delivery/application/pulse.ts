/** Lets one party sleep and others wake it before its time; a beat that finds it awake cuts its next sleep short. */
export class Pulse {
  private wake: (() => void) | undefined;
  private isDue = false;

  /** Resolves after so many milliseconds, or at the next beat. */
  async sleep(milliseconds: number): Promise<void> {
    if (!this.isDue) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.wake = undefined;
    this.isDue = false;
  }

  beat(): void {
    this.isDue = true;
    this.wake?.();
  }
}
