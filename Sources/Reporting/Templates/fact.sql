begin perform set_config('slotscope.{{name}}', coalesce({{expression}}, ''), false) where current_setting('slotscope.{{name}}') = '';
exception when others then null; end;  -- where the role may not read it
