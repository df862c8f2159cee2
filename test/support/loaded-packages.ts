import { createRequire } from 'node:module';

/** Loads both processes' modules without starting them, then traces to the endpoint given, if any; prints what of OpenTelemetry that loaded. */
const { startTracing } = await import('../../src/observability/start-tracing.js');
await import('../../src/api-server.js');
await import('../../src/worker.module.js');
await startTracing({ name: 'acs-api', version: '0' }, process.argv[2]);

const packages = Object.keys(createRequire(import.meta.url).cache).flatMap(
  (file) => /node_modules\/(@opentelemetry\/[^/]+)\//.exec(file)?.[1] ?? [],
);
process.stdout.write(JSON.stringify([...new Set(packages)].sort()));
