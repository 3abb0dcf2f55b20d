# In the data directory, as a server runs it.
(cd "$pgdata" && sh -c "$(printf '%s\n' "$RESTORE_COMMAND" | sed 's,%f,{{segment}},g; s,%p,pg_wal/xlogtemp.rejoin,g')" < /dev/null) \
  || fail "the restore command brings no {{segment}}"
