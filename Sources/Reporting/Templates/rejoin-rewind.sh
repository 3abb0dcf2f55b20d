
# --- pg_rewind. All slots of this node are gone after it.
if [ -z "$done" ] && changes && [ "$(stage)" != rewound ]; then
  command -v "${bin}pg_rewind" > /dev/null || fail "pg_rewind is not there: set BINDIR"
  {{full_page_writes}}
  # Its last checkpoint tells pg_rewind the new primary's timeline.
  echo "checkpoint" | new
  rm -f "$pgdata/standby.signal"
  {{segments}}
  {{recovery}}
  reach rewinding
  "${bin}pg_rewind" -D "$pgdata" --source-server="$NEW_PRIMARY"{{options}} \
    || fail "pg_rewind failed; where it did not say \"rewinding from\", rm '$pgdata.rejoin' and try again"
  reach rewound
fi
