/** True when some tenant fits a pattern of both lists; `*` stands for any characters. */
export function tenantsMeet(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.some((other) => patternsMeet(one, other)));
}

/**
 * True when some text fits both patterns. Works backwards: `after[j]` says whether what follows the character at
 * hand of the one pattern, and the other pattern from its j-th on, fit a common rest.
 */
function patternsMeet(one: string, other: string): boolean {
  let after = endings(other);
  for (let i = one.length - 1; i >= 0; i -= 1) {
    const here: boolean[] = [];
    for (let j = other.length; j >= 0; j -= 1) here[j] = meetAt(one[i], other[j], { here, after, j });
    after = here;
  }
  return after[0] === true;
}

/** Which rests of a pattern fit the empty text. */
function endings(pattern: string): boolean[] {
  return Array.from({ length: pattern.length + 1 }, (_, j) => /^\**$/.test(pattern.slice(j)));
}

function meetAt(
  a: string | undefined,
  b: string | undefined,
  { here, after, j }: { readonly here: boolean[]; readonly after: boolean[]; readonly j: number },
): boolean {
  // A star either ends here, or takes in one more of the other pattern.
  if (a === '*') return after[j] === true || here[j + 1] === true;
  if (b === '*') return here[j + 1] === true || after[j] === true;
  return a === b && after[j + 1] === true;
}
