for i in 1 .. {{seconds}} loop
  exit when {{condition}};
  {{nudges}}
  perform pg_sleep(1);
end loop;
