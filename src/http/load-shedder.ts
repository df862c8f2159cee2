import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../shared/app-error.js';
import { Turns } from './turns.js';

/** Requests under way for each connection of the pool: more would wait longer than it takes to come back. */
const CREATES_PER_CONNECTION = 8;
const LEAST_CREATES = 512;
/** Of the pool's connections: what else is asked for finds the rest, however many creates wait. */
const CREATES_SHARE = 1 / 2;
const LONGEST_TURN_MS = 3_000;
/** Of a kind's places. The rest are few, but those of others are soon left: they wait for no tenant's flood. */
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
  readonly isCreate: boolean;
  tenant?: string;
  hasTurn?: boolean;
}

/**
 * Bounds the requests that are under way, so that a process which is asked for more than it can do goes on doing what
 * it can. Creates have half of the places, and take turns for half of the pool's connections: however many there are,
 * answers and reads find a place, and a connection. No tenant gets more than seven eighths of a kind's places, and
 * tenants take turns. What finds no place is refused with `overloaded` before anything was read or checked, and so is a
 * create whose turn does not come in time.
 */
export class LoadShedder {
  private readonly places = new WeakMap<FastifyRequest, Place>();
  private readonly creates: Load;
  private readonly all: Load;
  private readonly turns: Turns;
  private heldBack = 0;

  constructor(poolSize: number) {
    this.turns = new Turns(Math.ceil(CREATES_SHARE * poolSize), LONGEST_TURN_MS);
    const creates = Math.max(LEAST_CREATES, CREATES_PER_CONNECTION * poolSize);
    this.creates = new Load(creates);
    this.all = new Load(2 * creates);
  }

  /** Has requests of the API leave their place when they are answered, or broken off before they had come in full. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onSend', (request, _reply, _payload, done) => {
      this.leave(request);
      done();
    });
    fastify.addHook('onRequestAbort', (request, done) => {
      // What was received in full is being handled, and keeps its place for as long as that takes.
      if (!request.raw.complete) this.leave(request);
      done();
    });
  }

  /** Takes a place for a request that has just come; its refusal where there is none. */
  enter(request: FastifyRequest): AppError | undefined {
    const { url } = request.routeOptions;
    if (!url?.startsWith('/v1/')) return undefined;
    const isCreate = url === CREATE_PATH;
    if (this.all.isFull || (isCreate && this.creates.isFull)) return overloaded();
    this.places.set(request, { isCreate });
    this.all.taken += 1;
    if (isCreate) this.creates.taken += 1;
    return undefined;
  }

  /** Counts a request as its tenant's, now that this is known; its refusal where the tenant has its share. */
  enterAs(tenant: string, request: FastifyRequest): AppError | undefined {
    const place = this.places.get(request);
    if (!place) return undefined;
    if (this.all.isShareOf(tenant) || (place.isCreate && this.creates.isShareOf(tenant))) {
      this.leave(request);
      return overloaded();
    }
    place.tenant = tenant;
    this.all.add(tenant, 1);
    if (place.isCreate) this.creates.add(tenant, 1);
    return undefined;
  }

  /** Resolves when a tenant's request can be worked on; its refusal where that took too long. */
  async turnOf(tenant: string, request: FastifyRequest): Promise<AppError | undefined> {
    const place = this.places.get(request);
    if (!place?.isCreate) return undefined;
    place.hasTurn = await this.turns.take(tenant);
    return place.hasTurn ? undefined : overloaded();
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
    if (place.hasTurn) this.turns.giveBack();
    for (const load of place.isCreate ? [this.all, this.creates] : [this.all]) {
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

function overloaded(): AppError {
  return new AppError('overloaded', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
