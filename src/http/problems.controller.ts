import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/require-scopes.js';
import { AppError } from '../shared/app-error.js';
import { PROBLEMS, type ProblemCode, type ProblemDescription } from '../shared/problem-catalogue.js';
import { STATUS_OF } from './problem-document.js';

/** The page behind each problem's `type`: HTML for people, JSON for those who ask for it. */
@Public()
@ApiExcludeController()
@Controller('problems')
export class ProblemsController {
  @Get(':code')
  explain(@Param('code') code: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!Object.hasOwn(PROBLEMS, code)) throw new AppError('route-not-found');
    const problem: ProblemDescription = PROBLEMS[code as ProblemCode];
    const statuses = [problem.kind, ...(problem.otherKinds ?? [])].map((kind) => STATUS_OF[kind]);
    void reply.header('cache-control', 'public, max-age=3600').header('vary', 'accept');
    if (asksForJson(request.headers.accept)) {
      const { title, explanation } = problem;
      void reply.send({ code, status: statuses[0], statuses, title, explanation });
    } else {
      void reply
        .header(
          'content-security-policy',
          "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
        .type('text/html; charset=utf-8')
        .send(page(code, statuses, problem));
    }
  }
}

/** A browser asks for HTML, and for anything else as well. */
function asksForJson(accept = ''): boolean {
  return accept.includes('json') && !accept.includes('text/html');
}

function page(code: string, statuses: readonly number[], { title, explanation }: ProblemDescription): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${code}: ${escaped(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}</style>
<p><code>${statuses.join('</code> or <code>')}</code> <code>${code}</code></p>
<h1>${escaped(title)}</h1>
<p>${escaped(explanation).replace(/`([^`]+)`/g, '<code>$1</code>')}</p>
<p>Every problem code is listed in the <a href="../docs">documentation of the API</a>.</p>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
