for i in 0 .. 1000000 loop
  {{query}}
  {{+}}exit when it is null;
  if i > 5 * it.seconds then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
  if i % 25 = 24 then raise notice 'waiting: expected %; found: %', it.expected, it.found; end if;
  perform pg_stat_clear_snapshot(), pg_sleep(0.2);
{{+}}end loop;
