import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { freePort } from '../../scripts/quickstart/ports.js';
import { startAcs, type Acs } from '../support/acs.js';
import { eventually } from '../support/eventually.js';
import { ROOT } from '../support/image.js';
import { readQuery } from '../support/promql.js';

/** What Prometheus gives every sample by itself, or a query makes. */
const OF_PROMETHEUS = ['job', 'instance', 'le'];

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const alerts = (
  parse(readFileSync(join(ROOT, 'docker/prometheus/alerts.yaml'), 'utf8')) as {
    groups: { rules: Alert[] }[];
  }
).groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(readFileSync(join(ROOT, 'docker/grafana/acs.json'), 'utf8')) as {
  panels: Panel[];
};
/** The labels of each metric that a running API and worker tell. */
const told = new Map<string, Set<string>>();
let acs: Acs;

beforeAll(async () => {
  const [api, worker] = [await freePort(), await freePort()];
  acs = await startAcs({
    apiEnv: { METRICS_PORT: String(api) },
    workerEnv: { METRICS_PORT: String(worker) },
  });
  await acs.api('acme').createChallenge({ policyAlias: 'password-reset', recipient: 'ada@example.com' });
  const read = async (port: number): Promise<string> =>
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await eventually(async () => /^acs_delivery_attempts_total\{/m.test(await read(worker)));
  for (const port of [api, worker])
    for (const [, name, labels] of (await read(port)).matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
      const known = told.get(name!) ?? new Set();
      for (const [, label] of (labels ?? '').matchAll(/(\w+)="/g)) known.add(label!);
      told.set(name!, known);
    }
}, 120_000);

afterAll(async () => {
  await acs.stop();
});

const expectToBeTold = (expression: string, shown: string): void => {
  const { faults, metrics, labels } = readQuery(expression);
  expect(faults).toEqual([]);
  expect(metrics.length).toBeGreaterThan(0);
  expect(metrics.filter((metric) => !told.has(metric))).toEqual([]);
  const known = new Set([...OF_PROMETHEUS, ...metrics.flatMap((metric) => [...told.get(metric)!])]);
  const named = [...shown.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label]) => label!);
  expect([...labels, ...named].filter((label) => !known.has(label))).toEqual([]);
};

describe('The alerts', () => {
  it('ask in PromQL for what a running API and worker tell', () => {
    expect(alerts.length).toBeGreaterThan(5);
    for (const { expr, annotations } of alerts) expectToBeTold(expr, annotations.summary);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });
});

describe('The dashboard', () => {
  it('asks in PromQL for what a running API and worker tell', () => {
    const targets = panels.flatMap(({ targets = [] }) => targets);
    expect(targets.length).toBeGreaterThan(8);
    for (const { expr, legendFormat } of targets) expectToBeTold(expr, legendFormat);
  });

  it('shows every metric of the service, each panel in a place of its own', () => {
    const asked = new Set(
      panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => readQuery(expr).metrics)),
    );
    const family = (name: string): string => name.replace(/_(bucket|count|sum)$/, '');
    const shown = new Set([...asked].map(family));
    expect([...told.keys()].filter((name) => name.startsWith('acs_') && !shown.has(family(name)))).toEqual(
      [],
    );
    expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});
