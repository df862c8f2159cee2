import cluster from 'node:cluster';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { MetricsAddress } from '../environment/environment.js';
import { processMetrics } from './metrics-source.js';
import { OperatorServer } from './operator-server.js';

/** The operators' port of the process, for others to add pages to. */
@Global()
@Module({})
export class OperatorModule {
  static forAddress(address: MetricsAddress | undefined): DynamicModule {
    // Copies of a process have one port together, where the one that started them answers for all.
    const own = cluster.isWorker ? undefined : address;
    const useFactory = (): OperatorServer => new OperatorServer(own, processMetrics());
    return {
      module: OperatorModule,
      providers: [{ provide: OperatorServer, useFactory }],
      exports: [OperatorServer],
    };
  }
}
