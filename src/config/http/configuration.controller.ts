import { Body, Controller, Get, Headers, Put, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../auth/current-caller.js';
import { type Checked, CheckedBody } from '../../http/checked-body.js';
import { admittedBy, entityTag, HonoursIfMatch } from '../../http/entity-tag.js';
import { Operation } from '../../http/operation.js';
import type { Caller } from '../../shared/caller.js';
import { GetConfiguration } from '../application/get-configuration.js';
import {
  ReplaceConfiguration,
  type ReplaceConfigurationCommand,
} from '../application/replace-configuration.js';
import type { Configuration } from '../domain/configuration.js';
import { CONFIGURATION_EXAMPLES } from './configuration-example.js';
import { ConfigurationResponse, ReplaceConfigurationRequest } from './configuration.body.js';
import { settingsOf } from './settings-of.js';

const ETAG = { ETag: 'The version, for `If-Match`.' };

@ApiTags('Configuration')
@Controller('v1/configuration')
export class ConfigurationController {
  constructor(
    private readonly getConfiguration: GetConfiguration,
    private readonly replaceConfiguration: ReplaceConfiguration,
  ) {}

  @Get()
  @Operation({
    id: 'getConfiguration',
    summary: 'Get the configuration',
    description: 'The runtime settings of the tenant, which rule all its policies.',
    scope: 'challenge:configuration:get',
    status: 200,
    response: ConfigurationResponse,
    headers: ETAG,
    problems: [],
  })
  async get(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConfigurationResponse> {
    return present(reply, await this.getConfiguration.execute(caller));
  }

  @Put()
  @ApiBody({ type: ReplaceConfigurationRequest, examples: CONFIGURATION_EXAMPLES })
  @HonoursIfMatch()
  @Operation({
    id: 'replaceConfiguration',
    summary: 'Replace the configuration',
    description:
      'Replaces every property. The first request that starts after the answer obeys it, on every process. What exceeds a ceiling of the deployment is refused with 422.',
    scope: 'challenge:configuration:put',
    status: 200,
    response: ConfigurationResponse,
    headers: ETAG,
    problems: [['request-invalid', 'unprocessable'], 'configuration-version-conflict'],
  })
  async replace(
    @CurrentCaller() caller: Caller,
    @Headers('if-match') ifMatch: string | undefined,
    @Body(new CheckedBody(ReplaceConfigurationRequest)) request: Checked<ReplaceConfigurationRequest>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConfigurationResponse> {
    const command = { ...askedBy(request), admits: admittedBy(ifMatch) };
    return present(reply, await this.replaceConfiguration.execute(caller, command));
  }
}

function askedBy({
  body,
  malformed,
}: Checked<ReplaceConfigurationRequest>): Omit<ReplaceConfigurationCommand, 'admits'> {
  return { settings: settingsOf(body), malformed: malformed ?? [], version: body.version };
}

function present(reply: FastifyReply, configuration: Configuration): ConfigurationResponse {
  void reply.header('etag', entityTag(configuration.version));
  const { issuance, answers, email, sms, links, retention, version } = configuration;
  return {
    version,
    issuance,
    answers,
    email: { ...email, blockedDomains: [...email.blockedDomains] },
    sms: { ...sms, countries: [...sms.countries] },
    links: { allowedOrigins: [...links.allowedOrigins] },
    retention,
  };
}
