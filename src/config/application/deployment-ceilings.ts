import type { Ceilings } from '../domain/ceilings.js';

/** The ceilings of this deployment, for those that are given them by the container. */
export class DeploymentCeilings {
  constructor(readonly value: Ceilings) {}
}
