select set_config('slotscope.{{column}}', coalesce(json_object_agg(key, value), '{}')::text, false) as {{column}}
  from json_each_text(:'told_{{column}}') where value !~ '^:' \gset told_
