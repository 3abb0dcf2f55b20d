{{isolation}}
set search_path = pg_catalog, pg_temp \; set plpgsql.check_asserts = on \;
{{identity}}
{{connect}} \g
