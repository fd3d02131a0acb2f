#!/bin/sh
# ClickHouse takes the log as TSVWithNames.
set -eu
here=$(dirname "$0")
. "$here/need.sh"
need clickhouse-client clickhouse-client
need clickhouse-server clickhouse-server

dir=$(mktemp -d)
server=
cleanup() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || :
		wait "$server" || :
	fi
	rm -rf "$dir"
}
trap cleanup EXIT
port=$(python3 "$here/port.py")
cat >"$dir/config.xml" <<END
<yandex>
<logger><log>$dir/log</log><errorlog>$dir/errors</errorlog></logger>
<listen_host>127.0.0.1</listen_host><tcp_port>$port</tcp_port>
<path>$dir/data/</path><tmp_path>$dir/tmp/</tmp_path>
<mark_cache_size>5368709</mark_cache_size>
<users_config>users.xml</users_config>
<default_profile>default</default_profile>
<default_database>default</default_database>
</yandex>
END
cat >"$dir/users.xml" <<END
<yandex><profiles><default/></profiles><quotas><default/></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></default></users></yandex>
END
clickhouse-server --config-file="$dir/config.xml" >"$dir/out" 2>&1 &
server=$!
tries=0
until clickhouse-client --host 127.0.0.1 --port "$port" --query 'SELECT 1' \
	>/dev/null 2>&1; do
	tries=$((tries + 1))
	if [ $tries -gt 600 ] || ! kill -0 $server 2>/dev/null; then
		cat "$dir/out" "$dir/errors"
		exit 1
	fi
	sleep 0.1
done

# The first version with DateTime64 is 20.1.
client="clickhouse-client --host 127.0.0.1 --port $port"
version=$($client --query 'SELECT version()')
time="DateTime64(6, 'UTC')"
case $version in
1?.*) time="DateTime('UTC')" ;;
esac
echo "ClickHouse $version, time as $time"

"$here/logs.sh" full >"$dir/memory.log"
gzip -c "$dir/memory.log" >"$dir/memory.log.1.gz"
PATH=$(cd "$B" && pwd):$PATH
"$here/recipe.sh" clickhouse | sed -e "s,/var/log/server,$dir," \
	-e "s/clickhouse-client/$client/" \
	-e "s/schema clickhouse/& | sed \"s@DateTime64(6, 'UTC')@$time@\"/" |
	sh -e
$client --query 'SELECT count(), sum(allocated), max(duration),
	countIf(allocated IS NULL) FROM memory_log' | tee "$dir/out"
printf '18\t7168\t12.500000\t8\n' | cmp - "$dir/out"
$client --query "SELECT DISTINCT page_id, toString(toDateTime(timestamp))
	FROM memory_log ORDER BY timestamp FORMAT TSVRaw" >"$dir/out"
sed 1d "$dir/memory.log" | awk -F '\t' '{
	sub(/T/, " ", $1); sub(/\..*/, "", $1); print $2 "\t" $1 }' |
	cmp - "$dir/out"
