import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, type MetadataScanner } from '@nestjs/core';
import { PUBLIC_ROUTE, REQUIRED_SCOPES } from './require-scopes.js';

/** Throws unless every route of every controller declares either its scopes or that it is public. */
export function assertEveryRouteDeclaresAccess(discovery: DiscoveryService, scanner: MetadataScanner): void {
  const undeclared = discovery.getControllers().flatMap(({ metatype, name }) => {
    const prototype = metatype?.prototype as Readonly<Record<string, object>> | undefined;
    return scanner
      .getAllMethodNames(prototype ?? null)
      .filter((method) => isUndeclaredRoute(prototype?.[method], metatype))
      .map((method) => `${name}.${method}`);
  });
  if (undeclared.length > 0)
    throw new Error(
      `These routes need either @RequireScopes or @Public, and not both: ${undeclared.join(', ')}`,
    );
}

function isUndeclaredRoute(handler: object | undefined, controller: object | null): boolean {
  if (!handler || !Reflect.hasMetadata(METHOD_METADATA, handler)) return false;
  const isPublic = [handler, controller].some(
    (target) => target && Reflect.hasMetadata(PUBLIC_ROUTE, target),
  );
  return Reflect.hasMetadata(REQUIRED_SCOPES, handler) === isPublic;
}
