
# --- A new base backup. The old directory stays beside it.
# Its tablespaces lie elsewhere, and pg_basebackup fills no folder that is not empty.
if [ -z "$done" ] && [ -z "$(stage)" ]; then
  for link in "$pgdata"/pg_tblspc/*; do
    if [ -h "$link" ] && [ -n "$(ls -A "$link/")" ]; then
      fail "a tablespace of this node has files: move what is in $link/ away first"
    fi
  done
fi
if [ -z "$done" ] && changes && [ "$(stage)" != copied ]; then
  command -v "${bin}pg_basebackup" > /dev/null || fail "pg_basebackup is not there: set BINDIR"
  # What lies there from another time is not this script's to use or remove.
  if [ "$(stage)" != copying ]; then
    for place in "$pgdata.before-rejoin" "$pgdata.new"; do
      if is_there "$place"; then fail "$place is there already: move it away"; fi
    done
    reach copying
  fi
  is_there "$pgdata.before-rejoin" || mv "$pgdata" "$pgdata.before-rejoin"
  if ! is_there "$pgdata"; then
    rm -rf "$pgdata.new"
    "${bin}pg_basebackup" -D "$pgdata.new" -d "$NEW_PRIMARY" -X stream -c fast
    mv "$pgdata.new" "$pgdata"
  fi
  reach copied
fi
