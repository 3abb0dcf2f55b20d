if ! is_there "$pgdata/pg_wal/{{segment}}"; then
  rm -f "$pgdata/pg_wal/xlogtemp.rejoin"
  {{bring}}
  mv "$pgdata/pg_wal/xlogtemp.rejoin" "$pgdata/pg_wal/{{segment}}"
fi
