for i in 0 .. {{limit}} loop
  {{look_up}}
  exit when {{condition}};
  message := {{message}};
  if i = {{limit}} then {{end}};
  elsif i % 25 = 24 then raise notice 'waiting: %', message; end if;
  perform pg_stat_clear_snapshot(), pg_sleep(0.2);
{{+}}end loop;
