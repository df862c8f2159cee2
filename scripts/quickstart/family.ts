import type { Child, ChildOptions } from './child.js';
import { trouble } from './child-log.js';
import type { RunRecord } from './run-record.js';
import { systemEnvironment } from './environment.js';

/** In this order they are stopped, so that none loses what it depends on. */
const STOP_ORDER = ['service', 'companion', 'redis', 'database'] as const;

type Kind = (typeof STOP_ORDER)[number];

/** A service may take 25 s to drain and finish. */
const GRACE_MS: Readonly<Record<Kind, number>> = {
  service: 27_000,
  companion: 5_000,
  redis: 10_000,
  database: 15_000,
};

/** The children of the quickstart: started with logs and a record, ended in order, and one that ends unasked is noticed. */
export class Family {
  private readonly children = new Map<Child, Kind>();
  private stopping = false;
  private noticeEnd: (error: Error) => void = () => undefined;
  /** Rejects when a child ends that nobody asked to. */
  readonly firstUnaskedEnd = new Promise<never>((_, reject) => {
    this.noticeEnd = reject;
  });

  constructor(
    private readonly record: RunRecord,
    private readonly logFile: (name: string) => string,
    private readonly say: (message: string) => void,
    /** API and worker may end, to be started again at the next change. */
    private readonly servicesMayEnd: boolean,
  ) {
    this.firstUnaskedEnd.catch(() => undefined);
  }

  /** How to start a child of this family. Its warnings and errors are shown when `loud`. */
  member(name: string, kind: Kind, env: NodeJS.ProcessEnv = systemEnvironment(), loud = false): ChildOptions {
    const logName = name.toLowerCase().replaceAll(' ', '-');
    return {
      name,
      env,
      loud,
      logFile: this.logFile(logName),
      onStart: (child) => {
        this.adopt(child, kind);
      },
      onLine: (line) => {
        const shown = loud && !this.stopping ? trouble(line) : undefined;
        if (shown !== undefined) this.say(`[${logName}] ${shown}`);
      },
    };
  }

  /** Takes the child out of the family's care: it ends by itself. */
  release(child: Child): void {
    this.children.delete(child);
  }

  /** Ends all of a kind and waits; that is no reason to end the others. */
  async end(kind: Kind): Promise<void> {
    const due = [...this.children].filter(([, other]) => other === kind).map(([child]) => child);
    due.forEach((child) => this.children.delete(child));
    await Promise.all(due.map((child) => child.stop(GRACE_MS[kind])));
  }

  /** Ends all, each kind together, those first that others do not depend on. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const kind of STOP_ORDER) await this.end(kind);
  }

  private adopt(child: Child, kind: Kind): void {
    this.children.set(child, kind);
    this.record.add(child);
    void child.exited.then((code) => {
      if (this.stopping || !this.children.delete(child)) return;
      if (kind === 'service' && this.servicesMayEnd) this.say(child.describeEnd(code));
      else this.noticeEnd(new Error(child.describeEnd(code)));
    });
  }
}
