import {
  AssignTag,
  ForTag,
  type Template as Node,
  toValueSync,
  type Token,
  TypeGuards,
  Value,
} from 'liquidjs';

/** The names that a token reads a variable by, such as `variables` and `name`; none where it reads none. */
export function pathOf(token: Token): readonly string[] {
  if (!TypeGuards.isPropertyAccessToken(token)) return [];
  return token.props.map((prop) => ('content' in prop ? String(prop.content) : ''));
}

/** All nodes, those inside others included, in the order of the source. */
export function everyNode(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) => [
    node,
    ...(node.children ? everyNode(toValueSync<Node[]>(node.children(false, true))) : []),
  ]);
}

/** The variable that a node sets, and from what; undefined where it sets none. */
export function settingOf(node: Node): { readonly name: string; readonly from: Value | Token } | undefined {
  if (node instanceof ForTag) return { name: node.variable, from: node.collection };
  if (!(node instanceof AssignTag)) return undefined;
  const [identifier] = node.localScope();
  const [from] = node.arguments();
  return identifier && from instanceof Value ? { name: identifier.content, from } : undefined;
}

/** How often a loop goes round at most: its literal limit, or its literal range. */
export function mostRounds({ collection, hash }: ForTag): number {
  const limit: unknown = hash.hash['limit'];
  const limits = [Infinity];
  if (isNumber(limit) && limit.content >= 0) limits.push(Math.floor(limit.content));
  return Math.min(...limits, literalRange(collection) ?? Infinity);
}

/** How many numbers a range of literals has; undefined for anything else. */
export function literalRange(collection: Token): number | undefined {
  if (!TypeGuards.isRangeToken(collection)) return undefined;
  const { lhs, rhs } = collection;
  if (!isNumber(lhs) || !isNumber(rhs)) return undefined;
  return Math.max(0, Math.ceil(rhs.content - lhs.content) + 1);
}

function isNumber(token: unknown): token is Token & { readonly content: number } {
  return TypeGuards.isNumberToken(token);
}
