/**
 * About how long the tags and outputs of a source are, found without parsing it, in linear time: parsing costs
 * by what is in them. Those that are commented out count, and text between two ends of tags may.
 */
export function tagLengths(source: string): readonly number[] {
  const [, ...pieces] = source.split(/\{[{%]/);
  return pieces.map((piece) => Math.max(piece.lastIndexOf('}}'), piece.lastIndexOf('%}'), 0));
}
