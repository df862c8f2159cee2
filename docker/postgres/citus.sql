-- Distributes the tables by tenant on Citus 11.1 or newer: run once on the coordinator, by the owner, right after the
-- migrator. All tables are colocated, so that a tenant's rows lie on one node and its transactions stay there; every
-- statement of the API names its tenant. docs/scaling.md says what this is for and what it does not do.
SELECT create_distributed_table('policy', 'tenant_id', colocate_with => 'none');
SELECT create_distributed_table('policy_version', 'tenant_id', colocate_with => 'policy');
SELECT create_distributed_table('configuration', 'tenant_id', colocate_with => 'policy');
SELECT create_distributed_table('challenge', 'tenant_id', colocate_with => 'policy');
SELECT create_distributed_table('delivery', 'tenant_id', colocate_with => 'policy');
SELECT create_distributed_table('delivery_attempt', 'tenant_id', colocate_with => 'policy');
SELECT create_distributed_table('limit_counter', 'tenant_id', colocate_with => 'policy');
SELECT create_distributed_table('idempotency_key', 'tenant_id', colocate_with => 'policy');
SELECT create_distributed_table('audit', 'tenant_id', colocate_with => 'policy');
