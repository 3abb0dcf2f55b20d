{{query}}
if found then raise exception 'refused: expected %; found: %', it.expected, it.found; end if;
