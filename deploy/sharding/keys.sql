-- Keys by which a database can be split by partner: the partner is part of every one of them.
-- Run it with the services stopped, in one transaction, after `migrate`. docs/sharding.md says more.

-- An act that is about no partner has partner 0; releases before wrote NULL.
ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only;
UPDATE audit_entries SET partner_id = 0 WHERE partner_id IS NULL;
ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only;
ALTER TABLE audit_entries ALTER COLUMN partner_id SET NOT NULL;

-- An id is still drawn from one sequence for all. Foreign keys to it go; references.sql has others.
ALTER TABLE allocations DROP CONSTRAINT allocations_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE bill_customers DROP CONSTRAINT bill_customers_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE bill_storages DROP CONSTRAINT bill_storages_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE bill_versions DROP CONSTRAINT bill_versions_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE billable_cycles DROP CONSTRAINT billable_cycles_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE billing_addresses DROP CONSTRAINT billing_addresses_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE bills DROP CONSTRAINT bills_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE charges DROP CONSTRAINT charges_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE coupons DROP CONSTRAINT coupons_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE customer_values DROP CONSTRAINT customer_values_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE deliveries DROP CONSTRAINT deliveries_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE derived_lines DROP CONSTRAINT derived_lines_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE dispute_lines DROP CONSTRAINT dispute_lines_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE dispute_messages DROP CONSTRAINT dispute_messages_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE disputes DROP CONSTRAINT disputes_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE estimates DROP CONSTRAINT estimates_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE events DROP CONSTRAINT events_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE export_jobs DROP CONSTRAINT export_jobs_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE invoices DROP CONSTRAINT invoices_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE own_accounts DROP CONSTRAINT own_accounts_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE payments DROP CONSTRAINT payments_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE product_lines DROP CONSTRAINT product_lines_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE storage_accounts DROP CONSTRAINT storage_accounts_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE storage_destinations DROP CONSTRAINT storage_destinations_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE storage_grants DROP CONSTRAINT storage_grants_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE tax_components DROP CONSTRAINT tax_components_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE webhook_deliveries DROP CONSTRAINT webhook_deliveries_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);
ALTER TABLE webhook_endpoints DROP CONSTRAINT webhook_endpoints_pkey CASCADE, ADD PRIMARY KEY (partner_id, id);

-- Unique for everybody in one database; here within a partner. invoice_series gives no number twice,
-- and a gateway no name.
ALTER TABLE invoices DROP CONSTRAINT uid_invoices_series_8f752c, ADD UNIQUE (partner_id, series, number);
ALTER TABLE payments DROP CONSTRAINT uid_payments_method_a5948f, ADD UNIQUE (partner_id, method, gateway_ref);
-- A payment is found by the name that its gateway has for it.
CREATE INDEX payments_gateway_ref ON payments (method, gateway_ref) WHERE gateway_ref IS NOT NULL;
