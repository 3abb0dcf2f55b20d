if ! is_there "$pgdata/pg_wal/{{segment}}"; then
  rm -f "$pgdata/pg_wal/xlogtemp.rejoin"
  {{unpack}} > "$pgdata/pg_wal/xlogtemp.rejoin"
  mv "$pgdata/pg_wal/xlogtemp.rejoin" "$pgdata/pg_wal/{{segment}}"
fi
