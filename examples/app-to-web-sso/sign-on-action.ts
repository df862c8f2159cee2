/** What a token approves: signing on to this site. A token that was made for another is refused here. */
export function signOnAction(site: string): { name: string; details: { site: string } } {
  return { name: 'web-sign-on', details: { site } };
}
