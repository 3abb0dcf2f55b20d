select * into it from ({{first}}
{{rows}}
) as checks (holds, {{seconds}}expected, found) where holds is not true limit 1;
