import { parser } from '@prometheus-io/lezer-promql';

/** What a query selects: a metric, and the labels that are asked about or grouped by around it. */
export interface PromQuery {
  readonly faults: readonly string[];
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

/** Reads a query with the grammar of Prometheus; Grafana's variables for intervals count as one. */
export function readQuery(source: string): PromQuery {
  const text = source.replaceAll('$__rate_interval', '5m');
  const found = { faults: [] as string[], metrics: [] as string[], labels: [] as string[] };
  parser.parse(text).iterate({
    enter: ({ type, name, from, to, node }) => {
      const part = text.slice(from, to);
      if (type.isError) found.faults.push(`at ${from} of ${text}`);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') found.metrics.push(part);
      if (name === 'LabelName') found.labels.push(part);
    },
  });
  return found;
}
