-- Foreign keys within a partner, for tables that keys.sql and then citus.sql or partitions.sql changed.

ALTER TABLE allocations ADD FOREIGN KEY (partner_id, bill_id) REFERENCES bills (partner_id, id) ON DELETE CASCADE;
ALTER TABLE allocations ADD FOREIGN KEY (partner_id, payment_id) REFERENCES payments (partner_id, id) ON DELETE CASCADE;
ALTER TABLE dispute_lines ADD FOREIGN KEY (partner_id, dispute_id) REFERENCES disputes (partner_id, id) ON DELETE CASCADE;
ALTER TABLE dispute_messages ADD FOREIGN KEY (partner_id, dispute_id) REFERENCES disputes (partner_id, id) ON DELETE CASCADE;
ALTER TABLE disputes ADD FOREIGN KEY (partner_id, bill_id) REFERENCES bills (partner_id, id) ON DELETE CASCADE;
ALTER TABLE invoices ADD FOREIGN KEY (partner_id, bill_id) REFERENCES bills (partner_id, id) ON DELETE CASCADE;
ALTER TABLE webhook_deliveries ADD FOREIGN KEY (partner_id, endpoint_id) REFERENCES webhook_endpoints (partner_id, id) ON DELETE CASCADE;
ALTER TABLE webhook_deliveries ADD FOREIGN KEY (partner_id, event_id) REFERENCES events (partner_id, id) ON DELETE CASCADE;

ALTER TABLE bill_storages DROP CONSTRAINT IF EXISTS bill_storages_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE billing_addresses DROP CONSTRAINT IF EXISTS billing_addresses_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE bills DROP CONSTRAINT IF EXISTS bills_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE coupons DROP CONSTRAINT IF EXISTS coupons_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE customers DROP CONSTRAINT IF EXISTS customers_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE deliveries DROP CONSTRAINT IF EXISTS deliveries_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE disputes DROP CONSTRAINT IF EXISTS disputes_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE export_jobs DROP CONSTRAINT IF EXISTS export_jobs_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE invoices DROP CONSTRAINT IF EXISTS invoices_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE ledger_entries DROP CONSTRAINT IF EXISTS ledger_entries_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE own_accounts DROP CONSTRAINT IF EXISTS own_accounts_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE payments DROP CONSTRAINT IF EXISTS payments_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE storage_accounts DROP CONSTRAINT IF EXISTS storage_accounts_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE storage_destinations DROP CONSTRAINT IF EXISTS storage_destinations_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE storage_grants DROP CONSTRAINT IF EXISTS storage_grants_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE tax_components DROP CONSTRAINT IF EXISTS tax_components_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
ALTER TABLE webhook_endpoints DROP CONSTRAINT IF EXISTS webhook_endpoints_partner_id_fkey, ADD FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE CASCADE;
