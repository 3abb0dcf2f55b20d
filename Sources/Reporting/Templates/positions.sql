select '-v {{column}}_' || slot_name || '=' || confirmed_flush_lsn as "for the other server's script" from pg_replication_slots where slot_name in ({{names}});
