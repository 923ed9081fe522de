-- Each of a partner's tables in eight partitions, by PostgreSQL itself. After keys.sql, before
-- references.sql, in one transaction; it takes room for every table twice.

DO $$
DECLARE
    whole text;
BEGIN
    FOR whole IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema AND column_name = 'partner_id'
            AND table_name NOT IN ('billing_accounts', 'channel_assignments')
    LOOP
        EXECUTE format('ALTER TABLE %1$I RENAME TO %1$I_before', whole);
        EXECUTE format(
            'CREATE TABLE %1$I (LIKE %1$I_before INCLUDING ALL) PARTITION BY HASH (partner_id)', whole);
        FOR part IN 0..7 LOOP
            EXECUTE format(
                'CREATE TABLE %1$I PARTITION OF %2$I FOR VALUES WITH (MODULUS 8, REMAINDER %3$s)',
                whole || '_p' || part, whole, part);
        END LOOP;
        EXECUTE format('INSERT INTO %1$I SELECT * FROM %1$I_before', whole);
        EXECUTE format('ALTER SEQUENCE %1$I OWNED BY %2$I.id', whole || '_id_seq', whole);
        EXECUTE format('DROP TABLE %1$I_before CASCADE', whole);
    END LOOP;
    FOREACH whole IN ARRAY ARRAY['audit_entries', 'ledger_entries'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$I BEFORE UPDATE OR DELETE OR TRUNCATE ON %2$I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            whole || '_append_only', whole);
    END LOOP;
END $$;
