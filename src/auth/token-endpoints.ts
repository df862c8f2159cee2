import { Injectable } from '@nestjs/common';
import type { Issuer } from '../environment/environment.js';
import { fetchIssuerMetadata } from './issuer-metadata.js';
import { OutboundJson } from './outbound-json.js';

/** Where consumers get their access tokens, for the OpenAPI document. */
@Injectable()
export class TokenEndpoints {
  constructor(private readonly http: OutboundJson) {}

  /** The token endpoint that the issuer's metadata names; undefined when it cannot be had. */
  async discover(issuer: Pick<Issuer, 'issuer'>): Promise<string | undefined> {
    try {
      return (await fetchIssuerMetadata(issuer, this.http)).tokenEndpoint;
    } catch {
      return undefined;
    }
  }
}
