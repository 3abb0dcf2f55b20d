if ({{condition}}) is not true then
  {{+}}raise warning {{message}}; end if;
