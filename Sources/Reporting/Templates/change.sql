if {{done}} then
  {{+}}raise notice 'done before: %', {{name}};
else {{waiting}}perform {{statement}};
  {{undo}}
{{+}}end if;
