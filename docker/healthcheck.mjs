/** Exit code 0 while the process of this container is ready: an API answers on its port, a worker on the operators'. */
const { HOST = '127.0.0.1', PORT = '3000', METRICS_PORT = '' } = process.env;
const local = (host) => (['0.0.0.0', '::', '[::]'].includes(host) ? '127.0.0.1' : host);
const [, operatorHost = '127.0.0.1', operatorPort] = /^(?:(.+):)?(\d+)$/.exec(METRICS_PORT) ?? [];
const places = [
  `${HOST.includes(':') && HOST !== '::' ? `[${HOST}]` : local(HOST)}:${PORT}`,
  ...(operatorPort === undefined ? [] : [`${local(operatorHost)}:${operatorPort}`]),
];

const answers = await Promise.all(
  places.map((place) =>
    fetch(`http://${place}/health/ready`, { signal: AbortSignal.timeout(4_000) }).then(
      ({ ok }) => ok,
      () => false,
    ),
  ),
);
process.exit(answers.includes(true) ? 0 : 1);
