-- A partner's rows on one node of Citus. After keys.sql, before references.sql. NOT TRIED on Citus:
-- docs/sharding.md says what was tried instead, and what to look at first.

-- Who has what is looked up before the partner is known; these are few, and on every node.
SELECT create_reference_table('billing_accounts');
SELECT create_reference_table('channel_assignments');
SELECT create_reference_table('invoice_series');
SELECT create_reference_table('jobs');

-- Statement triggers are not for distributed tables: take the right to change instead.
DROP TRIGGER audit_entries_append_only ON audit_entries;
DROP TRIGGER ledger_entries_append_only ON ledger_entries;

SELECT create_distributed_table('partners', 'id');
SELECT create_distributed_table('allocations', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('audit_entries', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('bill_customers', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('bill_storages', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('bill_versions', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('billable_cycles', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('billing_addresses', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('bills', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('charges', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('coupons', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('customer_values', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('customers', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('deliveries', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('derived_lines', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('dispute_lines', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('dispute_messages', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('disputes', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('estimates', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('events', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('export_jobs', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('idempotency_keys', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('invoices', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('ledger_entries', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('own_accounts', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('payments', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('product_lines', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('storage_accounts', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('storage_destinations', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('storage_grants', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('tax_components', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('webhook_deliveries', 'partner_id', colocate_with => 'partners');
SELECT create_distributed_table('webhook_endpoints', 'partner_id', colocate_with => 'partners');

-- imports, inbox_files, gateway_events, artefact_parts and worker_signs stay where they are, on the
-- coordinator: they belong to the installation and to its workers.
