import { describe, expect, it } from '@jest/globals';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LoadShedder } from '../../src/http/load-shedder.js';

const MOST_HELD_BACK = 4_096;
const CREATE = '/v1/challenges';
const KINDS = [CREATE, '/v1/challenges/:challengeId', '/v1/policies'];

type Hook = (request: FastifyRequest, ...rest: unknown[]) => void;

/** A shedder of a pool of two, one turn for each kind, and what Fastify tells it. */
class Door {
  readonly shedder = new LoadShedder(2);
  private readonly hooks = new Map<string, Hook>();

  constructor() {
    const addHook = (name: string, hook: Hook): void => void this.hooks.set(name, hook);
    this.shedder.watch({ addHook } as unknown as FastifyInstance);
  }

  /** A request that has come in, and what it is told at its turn. */
  async come(url: string, tenant = 'acme'): Promise<{ request: FastifyRequest; told: Promise<unknown> }> {
    const request = {
      routeOptions: { url },
      raw: { socket: { destroyed: false } },
    } as unknown as FastifyRequest;
    expect(this.shedder.enter(request)).toBeUndefined();
    expect(this.shedder.enterAs(tenant, request)).toBeUndefined();
    const told = this.shedder.turnOf(tenant, request);
    await new Promise(setImmediate);
    return { request, told };
  }

  answer(request: FastifyRequest): void {
    this.hooks.get('onSend')!(request, undefined, undefined, () => undefined);
  }
}

async function isWaiting(told: Promise<unknown>): Promise<boolean> {
  return (
    (await Promise.race([told, new Promise((resolve) => setImmediate(resolve, 'waiting'))])) === 'waiting'
  );
}

describe('A refusal for too much', () => {
  it('waits, but no more of them than connections can be spared', async () => {
    const shedder = new LoadShedder(4);
    const told: string[] = [];
    const waiting = Array.from({ length: MOST_HELD_BACK }, () =>
      shedder.holdBack().then(() => told.push('after a while')),
    );
    await shedder.holdBack().then(() => told.push('at once'));
    expect(told).toEqual(['at once']);
    await Promise.all(waiting);
    const again = shedder.holdBack().then(() => told.push('again after a while'));
    await new Promise(setImmediate);
    expect(told).toHaveLength(MOST_HELD_BACK + 1);
    await again;
  });
});

describe('A turn', () => {
  it('is one of its kind', async () => {
    const door = new Door();
    for (const url of KINDS) expect(await (await door.come(url)).told).toBeUndefined();
    for (const url of KINDS) expect(await isWaiting((await door.come(url)).told)).toBe(true);
  });

  it.each([
    [
      'was answered',
      (door: Door, request: FastifyRequest): void => {
        door.answer(request);
      },
    ],
    [
      'hung up',
      (_door: Door, { raw }: FastifyRequest): void => {
        Object.assign(raw.socket, { destroyed: true });
      },
    ],
  ])('that comes to who %s meanwhile goes to the next', async (_what, end) => {
    const door = new Door();
    const first = await door.come(CREATE);
    const second = await door.come(CREATE);
    end(door, second.request);
    door.answer(first.request);
    expect(await second.told).toMatchObject({ code: 'overloaded' });
    expect(await (await door.come(CREATE)).told).toBeUndefined();
  });

  it('is not asked for by who was answered before its token was verified', () => {
    const door = new Door();
    const request = { routeOptions: { url: CREATE } } as unknown as FastifyRequest;
    expect(door.shedder.enter(request)).toBeUndefined();
    door.answer(request);
    expect(door.shedder.enterAs('acme', request)).toMatchObject({ code: 'overloaded' });
  });
});
