import { ProblemFilter } from './problem.filter.js';
import type { PublicUrl } from './public-url.js';
import { ResponseHeaders } from './response-headers.js';
import { RouteTable } from './route-table.js';

/** What every answer of one HTTP process is made with; exists before the application, since Node can refuse first. */
export class Answers {
  readonly routes = new RouteTable();
  readonly headers: ResponseHeaders;
  readonly problems: ProblemFilter;

  constructor(publicUrl: PublicUrl) {
    this.headers = new ResponseHeaders(publicUrl);
    this.problems = new ProblemFilter(publicUrl, this.routes, this.headers);
  }
}
