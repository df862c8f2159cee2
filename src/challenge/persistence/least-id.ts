/** The least UUIDv7 made at a time (RFC 9562, section 5.7): tells the database which partitions to leave out. */
export function leastIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
