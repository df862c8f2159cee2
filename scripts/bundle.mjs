import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/**
 * Joins what the compiler made of each of `src/main/`, with all that it imports, to one file:
 * `dist/src/main.<process>.js`; what it imports only when it is needed is in `parts/`. Node takes several times as long
 * to find and read 2,800 modules as to run them.
 */
const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'src');

/** These read files of their own, or are loaded where they are needed alone. */
const AS_THEY_ARE =
  /^(@aws-sdk\/.*|@bull-board\/.*|@fastify\/static|@opentelemetry\/.*|bull|ioredis|pg|swagger-ui-dist.*)$/;

rmSync(join(dist, 'parts'), { recursive: true, force: true });
for (const name of readdirSync(join(dist, 'main')).filter((file) => file.endsWith('.js'))) {
  await build({
    input: join(dist, 'main', name),
    platform: 'node',
    external: AS_THEY_ARE,
    // What is evaluated for its effect alone may stand in any module of a framework.
    treeshake: false,
    plugins: [
      { name: 'no map of packages', transform: { filter: { id: /node_modules/ }, handler: unmapped } },
    ],
    // Frameworks ask at run time for parts that nobody here installs, and do without.
    checks: { unresolvedImport: false },
    output: {
      dir: dist,
      entryFileNames: `main.${name}`,
      chunkFileNames: `parts/${name.replace(/\.js$/, '')}/[name]-[hash].js`,
      format: 'esm',
      strictExecutionOrder: true,
      sourcemap: true,
      sourcemapExcludeSources: true,
    },
  });
}

/** Node holds the whole map in memory where it is asked to use it: that of our own code will do. */
function unmapped(code) {
  return { code, map: { version: 3, sources: [], names: [], mappings: '' } };
}
