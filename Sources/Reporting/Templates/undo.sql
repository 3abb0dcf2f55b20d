if ({{condition}}) is not true then
  {{+}}perform {{statement}};
  raise exception {{message}}; end if;
