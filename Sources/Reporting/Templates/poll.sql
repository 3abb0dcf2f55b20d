for i in 1 .. {{count}} loop {{look_up}}exit when {{condition}};
  {{+}}perform {{clear}}pg_sleep(0.2); end loop;
