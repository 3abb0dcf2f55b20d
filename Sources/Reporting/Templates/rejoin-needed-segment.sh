[ -n "$done" ] || [ "$(new <<'SLOTSCOPE'
select count(*) from pg_ls_waldir() where name = '{{segment}}';
SLOTSCOPE
)" = 1 ] || fail "the new primary has removed {{segment}}, which this node needs: ask slotscope again"
