import { type DynamicModule, Module } from '@nestjs/common';
import type { SecretKey } from '../environment/environment.js';
import { KeyRing } from './key-ring.js';

/** The process's key ring. */
@Module({})
export class KeysModule {
  static forRoot(keys: readonly SecretKey[]): DynamicModule {
    return {
      module: KeysModule,
      global: true,
      providers: [{ provide: KeyRing, useFactory: () => new KeyRing(keys) }],
      exports: [KeyRing],
    };
  }
}
