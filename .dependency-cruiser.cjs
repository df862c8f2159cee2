/** What may import what, checked by `npm run check` on the import statements of `src/`, type imports included. */

const features = ['challenge', 'policy', 'delivery', 'config'];
const frameworks =
  'node_modules/(@nestjs|typeorm|pg|bull|ioredis|fastify|@fastify|class-validator|class-transformer|nodemailer|passport|passport-jwt|pino|prom-client|@bull-board|undici|rxjs|reflect-metadata|@aws-sdk|@opentelemetry)/';

/** A feature may import these features besides itself; the composition roots directly under `src/` may import all. */
const direction = (module, ...others) => ({
  name: `direction-${module}`,
  comment: 'challenge → policy → delivery → config; policy, delivery → template',
  severity: 'error',
  from: { path: `^src/${module}/` },
  to: { path: `^src/(${features.filter((name) => ![module, ...others].includes(name)).join('|')})/` },
});

const layer = (name, from, to, comment) => ({
  name: `layer-${name}`,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A circle cannot be understood, tested or loaded in parts.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    direction('challenge', 'policy', 'delivery', 'config'),
    direction('policy', 'delivery', 'config'),
    direction('delivery', 'config'),
    direction('config'),
    layer(
      'ground',
      '^src/(shared|environment|keys|database|http|auth|audit|observability|template)/',
      `^src/(${features.join('|')})/`,
      'What the features stand on knows none of them.',
    ),
    layer('shared', '^src/shared/', '^src/(?!shared/)', 'shared imports nothing else of src.'),
    layer(
      'template',
      '^src/template/',
      '^src/(?!template/|shared/)',
      'template is pure: text in, text and findings out.',
    ),
    layer(
      'domain',
      '^src/[^/]+/domain/',
      '^src/[^/]+/(application|persistence|http|queue|worker|channels)/',
      'The domain knows no layer around it.',
    ),
    layer(
      'domain-pure',
      '^src/[^/]+/domain/',
      `${frameworks}|^src/(database|http|environment|audit|auth|observability)/`,
      'The domain is functions over readonly data: no framework, no database.',
    ),
    layer(
      'application',
      '^src/[^/]+/application/',
      '^src/[^/]+/(persistence|http)/',
      'Use cases know ports; who implements and who calls them is none of their business.',
    ),
    layer('persistence', '^src/[^/]+/persistence/', '^src/[^/]+/http/', 'Repositories know no HTTP.'),
    {
      name: 'api-loads-no-processor',
      comment: 'The API process never sends: @nestjs/bull would consume wherever a processor is loaded.',
      severity: 'error',
      from: { path: '^src/main\\.api\\.' },
      to: {
        path: '^src/delivery/(worker|queue|channels)/|\\.processor\\.|^src/worker\\.module',
        reachable: true,
      },
    },
    {
      name: 'worker-loads-no-controller',
      comment: 'The worker process serves nobody.',
      severity: 'error',
      from: { path: '^src/main\\.worker\\.' },
      to: { path: '\\.controller\\.|^src/api\\.module', reachable: true },
    },
    {
      name: 'traces-behind-a-port',
      comment:
        'Whoever is traced knows src/observability/tracing.ts; the SDK is loaded only where traces are exported.',
      severity: 'error',
      from: { path: '^src/(?!observability/)' },
      to: { path: 'node_modules/@opentelemetry/|^src/observability/otlp-' },
    },
    {
      name: 'product-only',
      comment:
        'What is deployed needs no test, script, benchmark, client, example or development dependency.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench|clients|examples)/' },
    },
    {
      name: 'declared-dependencies',
      comment: 'Every package that src imports is a dependency in package.json.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'require', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
