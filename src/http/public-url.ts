/** The URL under which callers reach the API; without PUBLIC_URL it is known once the process listens. */
export class PublicUrl {
  private url: URL;

  constructor(private text: string) {
    this.url = new URL(text);
  }

  get value(): string {
    return this.text;
  }

  get origin(): string {
    return this.url.origin;
  }

  get protocol(): string {
    return this.url.protocol;
  }

  /** Called once, when a free port was picked. */
  settle(url: string): void {
    this.text = url;
    this.url = new URL(url);
  }
}
