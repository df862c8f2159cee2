import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../shared/app-error.js';
import { Turns } from '../shared/turns.js';
import { countRefusal, type Cause, type Kind } from './overload-metrics.js';

/** Places for creates, for each connection of the pool; as many again for everything else. */
const CREATES_PER_CONNECTION = 8;
/** Half a second's work and more: with fewer, what comes in a burst would be refused that is soon done. */
const LEAST_CREATES = 512;
const LONGEST_TURN_MS = 3_000;
/** Of a kind's places. The rest is for the other tenants. */
const TENANT_SHARE = 7 / 8;
const RETRY_AFTER_SECONDS = 1;
const CREATE_PATH = '/v1/challenges';
/**
 * In milliseconds. Who is refused at once comes again at once, and refusing thousands a second takes the time in which
 * others would be answered. Each that is held back holds a connection and little else; beyond so many none is.
 */
const REFUSED_AFTER_MS = 2_000;
const MOST_HELD_BACK = 4_096;

interface Place {
  readonly kind: Kind;
  /** Its handler runs: what it does goes on even if its caller hangs up. */
  isHandled?: boolean;
  tenant?: string;
  hasTurn?: boolean;
}

/**
 * Bounds the requests that are under way, so that a process which is asked for more than it can do goes on doing what
 * it can. Creates have half of the places: however many there are, everything else finds one. Of each half no tenant
 * gets more than seven eighths. Creates, what else is asked of challenges, and administration each take turns for as
 * many transactions as half of the pool has connections, and tenants come round robin. What finds no place is refused
 * with `overloaded` before anything of it was read; a tenant beyond its share, and what waited too long for its turn,
 * once their token is verified.
 */
export class LoadShedder {
  private readonly places = new WeakMap<FastifyRequest, Place>();
  /** What a request of each kind counts for. */
  private readonly loads: Readonly<Record<Kind, readonly Load[]>>;
  private readonly turns: Readonly<Record<Kind, Turns>>;
  private heldBack = 0;

  constructor(poolSize: number) {
    const creates = Math.max(LEAST_CREATES, CREATES_PER_CONNECTION * poolSize);
    const all = new Load(2 * creates);
    this.loads = { create: [all, new Load(creates)], challenge: [all], administration: [all] };
    const turns = (): Turns => new Turns(Math.ceil(poolSize / 2), LONGEST_TURN_MS);
    this.turns = { create: turns(), challenge: turns(), administration: turns() };
  }

  /** Has requests of the API leave their place when they are answered, or broken off before they were handled. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('preHandler', (request, _reply, done) => {
      const place = this.places.get(request);
      if (place) place.isHandled = true;
      done();
    });
    fastify.addHook('onSend', (request, _reply, _payload, done) => {
      this.leave(request);
      done();
    });
    fastify.addHook('onRequestAbort', (request, done) => {
      if (!this.places.get(request)?.isHandled) this.leave(request);
      done();
    });
  }

  /** Takes a place for a request that has just come; its refusal where there is none. */
  enter(request: FastifyRequest): AppError | undefined {
    const kind = kindOf(request);
    if (!kind) return undefined;
    if (this.loads[kind].some((load) => load.isFull)) return refused(kind, 'places');
    this.places.set(request, { kind });
    for (const load of this.loads[kind]) load.taken += 1;
    return undefined;
  }

  /** Counts a request as its tenant's, now that this is known; its refusal where the tenant has its share. */
  enterAs(tenant: string, request: FastifyRequest): AppError | undefined {
    const place = this.places.get(request);
    // Without a place it was answered already, as too late.
    if (!place) return kindOf(request) && overloaded();
    if (this.loads[place.kind].some((load) => load.isShareOf(tenant))) {
      this.leave(request);
      return refused(place.kind, 'share');
    }
    place.tenant = tenant;
    for (const load of this.loads[place.kind]) load.add(tenant, 1);
    return undefined;
  }

  /** Resolves when a tenant's request can be worked on; its refusal where that took too long. */
  async turnOf(tenant: string, request: FastifyRequest): Promise<AppError | undefined> {
    const place = this.places.get(request);
    if (!place) return undefined;
    const turns = this.turns[place.kind];
    if (!(await turns.take(tenant))) return refused(place.kind, 'turn');
    // Answered as too late, or hung up: nobody would see what it does.
    if (this.places.get(request) !== place || request.raw.socket.destroyed) {
      turns.giveBack();
      return overloaded();
    }
    place.hasTurn = true;
    return undefined;
  }

  /** Resolves when a refusal is to be told. */
  async holdBack(): Promise<void> {
    if (this.heldBack >= MOST_HELD_BACK) return;
    this.heldBack += 1;
    await delay(REFUSED_AFTER_MS);
    this.heldBack -= 1;
  }

  private leave(request: FastifyRequest): void {
    const place = this.places.get(request);
    if (!place) return;
    this.places.delete(request);
    if (place.hasTurn) this.turns[place.kind].giveBack();
    for (const load of this.loads[place.kind]) {
      load.taken -= 1;
      if (place.tenant !== undefined) load.add(place.tenant, -1);
    }
  }
}

/** Requests of one kind that are under way. */
class Load {
  taken = 0;
  private readonly byTenant = new Map<string, number>();

  constructor(private readonly places: number) {}

  get isFull(): boolean {
    return this.taken >= this.places;
  }

  isShareOf(tenant: string): boolean {
    return (this.byTenant.get(tenant) ?? 0) >= TENANT_SHARE * this.places;
  }

  add(tenant: string, requests: number): void {
    const count = (this.byTenant.get(tenant) ?? 0) + requests;
    if (count > 0) this.byTenant.set(tenant, count);
    else this.byTenant.delete(tenant);
  }
}

/** Undefined for what is not of the API. */
function kindOf({ routeOptions: { url } }: FastifyRequest): Kind | undefined {
  if (url === CREATE_PATH) return 'create';
  if (url?.startsWith(CREATE_PATH)) return 'challenge';
  return url?.startsWith('/v1/') ? 'administration' : undefined;
}

function refused(kind: Kind, cause: Cause): AppError {
  countRefusal(kind, cause);
  return overloaded();
}

function overloaded(): AppError {
  return new AppError('overloaded', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
