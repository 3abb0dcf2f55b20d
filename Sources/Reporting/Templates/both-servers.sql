\if :{?primary_conninfo} \else
do $$ begin raise exception 'refused: run this with -v primary_conninfo=... and -v standby_conninfo=...'; end $$;
\endif
\connect -reuse-previous=on :"standby_conninfo" \encoding UTF8
