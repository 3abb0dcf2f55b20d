select s.subname, s.subslotname, case when not s.subenabled then 'disabled'
    when w.pid is null then 'enabled, but no worker runs: see its log' else 'enabled, its worker runs' end as state
from pg_subscription s left join pg_stat_subscription w on w.subid = s.oid and w.relid is null
where s.subslotname in ({{names}}) order by 1;
