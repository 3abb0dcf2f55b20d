# Crash recovery, keeping the WAL that pg_rewind reads afterwards.
if [ "$(control 'Database cluster state')" != "shut down" ]; then
  "${bin}postgres" --single -D "$pgdata" -c {{keep}} template1 < /dev/null > /dev/null
  reach recovered
fi
