interface Route {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Which methods each path has, learned from the routes as they are registered: tells 405 from 404. */
export class RouteTable {
  private readonly routes: Route[] = [];

  add(path: string, methods: string | readonly string[]): void {
    const source = path
      .split('/')
      .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('/');
    for (const method of [methods].flat()) this.routes.push({ method, pattern: new RegExp(`^${source}$`) });
  }

  methodsAt(path: string): string[] {
    const methods = this.routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}
