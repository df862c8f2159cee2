/** An answer of zeros alone: the one wrong code or token that the load gives, and that no prepared challenge has. */
export function isWrong(answer: string): boolean {
  return /^0+$/.test(answer);
}
