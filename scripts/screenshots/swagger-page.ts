import type { Locator, Page } from 'playwright-core';

/** Swagger UI as a person uses it. */
export class SwaggerPage {
  constructor(
    readonly page: Page,
    private readonly apiUrl: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(`${this.apiUrl}/docs`);
  }

  /** The part of the box behind _Authorize_ that asks for client credentials. */
  async openClientCredentials(): Promise<Locator> {
    await this.page.locator('button.authorize').first().click();
    return this.page.locator('.auth-container', { hasText: 'client_id' });
  }

  /** By client credentials, for every scope. */
  async authorize(client: string, secret: string): Promise<void> {
    const form = await this.openClientCredentials();
    await form.getByLabel('client_id:').fill(client);
    await form.getByLabel('client_secret:').fill(secret);
    await form.locator('button', { hasText: 'Authorize' }).click();
    await form.locator('button', { hasText: 'Logout' }).waitFor();
    await this.page.locator('.modal-ux .close-modal').click();
  }

  /** An operation of POST, unfolded. */
  async unfold(path: string): Promise<SwaggerOperation> {
    const block = this.page.locator('.opblock-post', { has: this.page.locator(`[data-path="${path}"]`) });
    await block.locator('.opblock-summary-control').click();
    return new SwaggerOperation(block);
  }
}

export class SwaggerOperation {
  constructor(readonly block: Locator) {}

  /** The names of the examples of its body, in their order. */
  async examples(): Promise<string[]> {
    const options = this.examplesSelect.locator('option');
    // An unfolded operation is drawn a moment later.
    await options.first().waitFor({ state: 'attached' });
    return await Promise.all(
      (await options.all()).map(async (option) => (await option.getAttribute('value')) ?? ''),
    );
  }

  /** Sends an example as it stands; resolves with the status and the body of the answer. */
  async execute(example: string): Promise<{ readonly status: number; readonly text: string }> {
    const clear = this.block.getByRole('button', { name: 'Clear' });
    if (await clear.isVisible()) await clear.click();
    await this.examplesSelect.selectOption(example);
    await this.block.getByRole('button', { name: 'Execute' }).click();
    const response = this.block.locator('.live-responses-table .response');
    await response.waitFor();
    const status = Number.parseInt(await response.locator('.response-col_status').innerText());
    return { status, text: await response.innerText() };
  }

  private get examplesSelect(): Locator {
    return this.block.locator('.opblock-section-request-body .examples-select-element');
  }
}
