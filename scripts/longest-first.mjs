import Sequencer from '@jest/test-sequencer';

/** Files that take half a minute and more, the longest first. Most of them wait, for leases and time-outs. */
const LONG = [
  'delivery-worker',
  'chaos-kill',
  'chaos-redis',
  'delivery',
  'tracing',
  'core-growth',
  'proof-leaks',
  'upgrade',
  'chaos-providers',
  'template-starvation',
  'proof-timing',
  'issuers-algorithms',
  'chaos-timeouts',
  'receipts',
  'chaos-fence',
  'health',
  'quickstart',
  'chaos-postgres',
  'chaos-commit',
  'docker-image',
  'delivery-breaker',
  'core-rollback',
].map((name) => `/${name}.test.js`);

/** Begins with what takes longest, so that nobody waits at the end for one file alone. */
class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const found = LONG.findIndex((name) => path.endsWith(name));
      return found === -1 ? LONG.length : found;
    };
    // The order among equals is that of the base, by size.
    return super.sort(tests).toSorted((one, other) => place(one) - place(other));
  }
}

export default LongestFirst;
