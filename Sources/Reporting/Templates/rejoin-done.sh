
rm -f "$pgdata.rejoin"
say "done"
