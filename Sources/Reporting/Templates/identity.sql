do $$ declare id bigint := (pg_control_system()).system_identifier; begin
  assert {{is_role}}, 'refused: expected {{role}}; found: {{other_role}}';
  assert current_setting('server_version') ~ '^{{major}}', 'refused: expected PostgreSQL {{major}}; found: ' || version();
  assert id = {{id}}, 'refused: expected system identifier {{id}}; found: ' || id;
end $$;
