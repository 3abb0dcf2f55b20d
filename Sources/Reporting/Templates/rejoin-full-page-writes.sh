echo "alter system set full_page_writes = on" | new
echo "select pg_reload_conf()" | new > /dev/null
