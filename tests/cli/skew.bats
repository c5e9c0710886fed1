#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tt-skew's command line. BUILD names the build's folder.

bats_require_minimum_version 1.5.0

setup() {
	skew=$BUILD/tools/skew/tt-skew
	cd "$BATS_TEST_TMPDIR"
	# c is 300 behind a, b 100; what d and e say of each other is apart.
	cat >fleet.csv <<-END
		from,to,offset_ns,error_ns
		b,a,100,40
		c,b,200,40
		c,a,300,40
	END
}

teardown() {
	[ -z "${server:-}" ] || kill -TERM "$server"
}

# serve: what $BATS_TEST_TMPDIR/www has, at $port.
serve() {
	/usr/bin/python3 "$BATS_TEST_DIRNAME/skew_server.py" \
		"$BATS_TEST_TMPDIR/www" 3>&- &
	server=$!
	for _ in $(seq 200); do
		[ ! -e www/port ] || break
		sleep 0.05
	done
	port=$(cat www/port)
}

# vector METRIC FROM TO VALUE...: an answer of Prometheus'.
vector() {
	local metric=$1 comma=

	shift
	echo -n '{"status":"success","data":{"resultType":"vector","result":['
	while [ $# -gt 0 ]; do
		echo -n "$comma"'{"metric":{"__name__":"'"$metric"'","from":"'"$1"
		echo -n '","to":"'"$2"'","kind":"hard","stamping":"kernel"},'
		echo -n '"value":[1.5,"'"$3"'"]}'
		comma=,
		shift 3
	done
	echo ']}}'
}

# usage_error WORDS ARG...: exit code 64, a line that holds these words.
usage_error() {
	local words=$1

	shift
	run --separate-stderr "$skew" "$@"
	echo "$*: $status, '$stderr'"
	[ "$status" -eq 64 ]
	[ -z "$output" ]
	[[ ${stderr_lines[0]} == *"$words"* ]]
}

@test "--help says what it does, on standard output" {
	run "$skew" --help
	[ "$status" -eq 0 ]
	[[ $output == "usage: tt-skew "* ]]
	[ -z "$("$skew" --help 2>&1 >/dev/null)" ]
	[ -z "$("$skew" --help | awk 'length > 80')" ]
	[[ $("$skew" --version) == "tt-skew "[0-9]* ]]
}

@test "each command has a help of its own" {
	for name in agent matrix precision report sim solve; do
		run --separate-stderr "$skew" "$name" --help
		[ "$status" -eq 0 ]
		[[ $output == *"tt-skew $name"* ]]
		[[ $output != *"usage: tt-skew COMMAND"* ]]
		[ -z "$stderr" ]
	done
}

@test "every option of the help is in the man page, and no other" {
	help=$("$skew" --help | grep -oE -- '--[a-z-]+' | sort -u)
	page=$(grep -oE -- '\*--[a-z-]+\*' "$SOURCE/tools/skew/tt-skew.1.scd" |
		tr -d '*' | sort -u)
	diff <(echo "$help") <(echo "$page")
}

@test "what is no command or option is said" {
	usage_error "which command?"
	usage_error "no command 'sove'" sove
	usage_error "one of --fleet FILE and --srv NAME" agent
	[[ $output$stderr != *"NAME'"* ]]
	usage_error "edges from where?" solve
	usage_error "no option '--colour'" solve --colour
	usage_error "no value for '--csv'" solve --csv
	usage_error "what is 'fleet.csv'" solve --csv fleet.csv fleet.csv
	usage_error "text, json or csv, not 'yaml'" solve --format yaml
	usage_error "--worst is a number, not '-1'" solve --worst -1
}

@test "solve: offsets from the median, in three forms" {
	run "$skew" solve --csv fleet.csv
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "3 nodes, 3 edges, 1 part" ]]
	[[ $output == *$'\nc         +200 ns'* ]]
	[[ $output == *$'\na         -100 ns'* ]]
	run "$skew" solve --format csv --csv - <fleet.csv
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == node,part,offset_ns,error_ns ]]
	[[ ${lines[1]} == b,1,0,* ]]
	[[ ${lines[2]} == a,1,-100,* ]]
	[[ ${lines[3]} == c,1,200,* ]]
	run "$skew" solve --format json --csv fleet.csv
	[ "$(jq -r '.nodes[] | select(.name == "c") | .offset_ns' \
		<<<"$output")" = 200 ]
	[ "$(jq '.parts | length' <<<"$output")" = 1 ]
}

@test "solve: what is cut off is named, and is exit code 1" {
	echo "d,e,5,40" >>fleet.csv
	run "$skew" solve --csv fleet.csv
	[ "$status" -eq 1 ]
	[[ $output == *"cut off from the rest: 2 nodes: d e"* ]]
	[[ $output != *$'\033'* ]]
	CLICOLOR_FORCE=1 run "$skew" solve --csv fleet.csv
	[[ $output == *$'\033'* ]]
	CLICOLOR_FORCE=1 NO_COLOR=1 run "$skew" solve --csv fleet.csv
	[[ $output != *$'\033'* ]]
}

@test "solve: a file that is not there, or is no table of edges" {
	run --separate-stderr "$skew" solve --csv none.csv
	[ "$status" -eq 3 ]
	[[ $stderr == "tt-skew solve: none.csv: No such file"* ]]
	echo "a,b,1" >>fleet.csv
	run --separate-stderr "$skew" solve --csv fleet.csv
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	[[ $stderr == "tt-skew solve: fleet.csv:5: too few fields"* ]]
	head -1 fleet.csv >empty.csv
	run --separate-stderr "$skew" solve --csv empty.csv
	[ "$status" -eq 3 ]
	[[ $stderr == *"has a header and no edge"* ]]
}

@test "an output that cannot be written is an error" {
	run --separate-stderr bash -c "'$skew' solve --csv fleet.csv >/dev/full"
	[ "$status" -eq 3 ]
	[[ $stderr == *"cannot write to standard output"* ]]
}

@test "precision: what is wrong with its options is said" {
	usage_error "which peer? Or --serve, or --sim" precision
	usage_error "no option '--colour'" precision --colour
	usage_error "no value for '--rate'" precision --rate
	usage_error "--rate: '5001' is no whole number from 1 to 5000" \
		precision --rate 5001 x
	usage_error "--rate: '-1' is no whole number" precision --rate -1 x
	usage_error "--window: '50ms' is not from" precision --window 50ms x
	usage_error "--window: '1': " precision --window 1 x
	usage_error "--drift-max: '1001ppm' is no rate" \
		precision --drift-max 1001ppm x
	usage_error "--drift-max: '50' is no rate" precision --drift-max 50 x
	usage_error "--format: 'yaml': text, json or csv" \
		precision --format yaml x
	usage_error "--load: '100' is no number from 0 to 99" \
		precision --sim --load 100
	usage_error "more than 32752 pairs" \
		precision --rate 5000 --window 30s x
	usage_error "'x': --serve and --sim take no peer" precision --serve x
	usage_error "--name: 'a b' is no node's name" \
		precision --name "a b" x
	usage_error "'a' is this node's own name" \
		precision --name a a=127.0.0.1
}

@test "precision: a peer that is none is said, and its exit code is 3" {
	run --separate-stderr "$skew" precision --name a b=127.0.0.1:99999
	[ "$status" -eq 3 ]
	[[ $stderr == *"'b=127.0.0.1:99999' is no [NAME=]HOST[:PORT]"* ]]
}

@test "precision --sim: the same seed, the same numbers, in three forms" {
	run "$skew" precision --sim --load 40 --count 5 --rate 200
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *"40 % "*" 5 "*" 5 "* ]]
	[ "$output" = "$("$skew" precision --sim --load 40 --count 5 \
		--rate 200)" ]
	[ "$output" != "$("$skew" precision --sim --load 40 --count 5 \
		--rate 200 --seed 2)" ]
	"$skew" precision --sim --load 40 --count 5 --rate 200 --format json |
		jq -e '.missed == 0 and .estimates == 5 and .load == 0.4'
	[ "$("$skew" precision --sim --count 1 --rate 200 --format csv |
		cut -d, -f1 | paste -sd' ')" = \
		"load 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9" ]
}

@test "precision --sim --nodes: a map is better than its links where these err" {
	"$skew" precision --sim --nodes 8 --load 20 --count 3 --rate 200 \
		--asymmetry 400ns --format json |
		jq -e '.missed == 0 and .links == 96 and .unmade == 0 and
			.map_p99_ns < .link_p99_ns'
	run "$skew" precision --sim --nodes 8 --load 20 --count 1 --rate 200
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *"20 % "*" 32 "* ]]
	usage_error "--nodes: '1' is no whole number from 2 to 64" \
		precision --sim --nodes 1
}

@test "precision --sim: axioms that do not hold are found, and the exit code is 1" {
	run "$skew" precision --sim --load 0 --count 5 --rate 200 \
		--drift-max 10ppb
	[ "$status" -eq 1 ]
}

@test "sim: what a fleet costs, and its edges are what solve reads" {
	run "$skew" sim --nodes 200 --rounds 2 --format json
	[ "$status" -eq 0 ]
	[ "$(jq .nodes <<<"$output")" = 200 ]
	[ "$(jq .check.falsely_blamed <<<"$output")" = 0 ]
	[ "$(jq '.cost_of_a_node.packets_per_s > 1' <<<"$output")" = true ]
	run "$skew" sim --nodes 200 --rounds 2
	[[ ${lines[0]} == "fleet   200 nodes in 5 racks, seed 1: "* ]]
	"$skew" sim --nodes 200 --dead 0 --format csv >edges.csv
	[ "$(wc -l <edges.csv)" -eq 1601 ]
	"$skew" solve --csv edges.csv >solved || [ $? -eq 1 ]
	[[ $(head -1 solved) == "200 nodes, 1600 edges, 1 part" ]]
	usage_error "--nodes is a number from 3" sim --nodes 2
	usage_error "--dead is a share from 0 to 0.5, not '1'" sim --dead 1
	usage_error "--interval '5': it lacks a unit" sim --interval 5
}

@test "matrix: a table, its colours, what is beyond the limit" {
	run "$skew" matrix --csv fleet.csv --limit 250ns
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "    node  median |"*1*2*3 ]]
	[[ ${lines[1]} == "  1 b        +0n |      -  +100n      ."* ]]
	[[ ${lines[3]} == "  3 c      +200n |  +200n +300n!      -"* ]]
	[[ $output == *"0 of 3 nodes dead, 1 of 3 edges beyond"* ]]
	run "$skew" matrix --csv fleet.csv
	[ "$status" -eq 0 ]
	[[ $output != *$'\033'* ]]
	CLICOLOR_FORCE=1 run "$skew" matrix --csv fleet.csv
	[[ $output == *$'\033[33m+300n\033[0m'* ]]
	usage_error "--limit 'x': write a number" matrix --limit x
	usage_error "--csv or --prometheus" matrix --csv x --prometheus y
	usage_error "edges from where?" matrix
}

@test "matrix: agents are asked, the dead are told of" {
	mkdir www
	cat >www/edges.csv <<-END
		from,to,offset_ns,error_ns
		127.0.0.1:1,127.0.0.1:2,100,40
		127.0.0.1:1,127.0.0.1:3,300,40
		127.0.0.1:1,10.9.9.9:1,300,40
	END
	serve
	cat >fleet.json <<-END
		[{"targets": ["127.0.0.1:1"], "labels": {"rack": "r1",
			"__skew_agent_port": "$port"}},
		 {"targets": ["127.0.0.1:2", "127.0.0.1:3"],
			"labels": {"__skew_agent_port": "1"}}]
	END
	run "$skew" matrix --fleet fleet.json
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"127.0.0.1:2 "*"| no connection: nobody listens at port 1"* ]]
	[[ $output == *"2 of 4 nodes dead"* ]]
	[[ $output == *"10.9.9.9:1 "* ]] # of another part of the fleet
	"$skew" matrix --fleet fleet.json --format csv >edges.csv ||
		[ $? -eq 1 ]
	[ "$(wc -l <edges.csv)" -eq 4 ]
	run "$skew" solve --csv edges.csv
	[[ ${lines[0]} == "4 nodes, 3 edges, 1 part" ]]
	# An edge of others', more exact than what they say themselves.
	echo "127.0.0.1:2,127.0.0.1:3,5000000,0" >>www/edges.csv
	run "$skew" matrix --fleet fleet.json
	echo "$output"
	[[ $output == *"127.0.0.1:1 "*"| its edges are another node's: "* ]]
	[[ $output != *"+5.00m"* ]]
	{
		head -n 1 www/edges.csv
		for i in {1..70}; do echo "127.0.0.1:1,10.9.9.9:$i,300,40"; done
	} >more
	mv more www/edges.csv
	run "$skew" matrix --fleet fleet.json
	[[ $output == *"| it has more edges than an agent has peers"* ]]
	echo "status 500" >www/edges.csv
	run "$skew" matrix --fleet fleet.json
	[[ $output == *"HTTP status 500"* ]]
	echo '[{"targets": [' >fleet.json
	run --separate-stderr "$skew" matrix --fleet fleet.json
	[ "$status" -eq 3 ]
	[[ $stderr == *fleet.json* ]]
}

@test "solve: from Prometheus, and what it may say instead" {
	mkdir www
	serve
	vector tt_skew_edge_offset_seconds c a 3e-7 b a 1e-7 'x y' a 1 \
		c b 0.0000002 >www/tt_skew_edge_offset_seconds.json
	vector tt_skew_edge_error_seconds c a 4e-8 b a 4e-8 c b 4e-8 \
		>www/tt_skew_edge_error_seconds.json
	vector tt_skew_edge_info c a 1 >www/tt_skew_edge_info.json
	vector tt_skew_edge_delay_seconds >www/tt_skew_edge_delay_seconds.json
	run "$skew" solve --prometheus "http://127.0.0.1:$port" --format csv
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *$'\nc,1,200,'* ]]
	[[ $output == *$'\na,1,-100,'* ]]
	vector x >www/tt_skew_edge_error_seconds.json
	run --separate-stderr "$skew" solve --prometheus "http://127.0.0.1:$port/"
	[ "$status" -eq 3 ]
	[[ $stderr == *"does it scrape the agents?"* ]]
	echo '{"status":"error","errorType":"x","error":"too many samples"}' \
		>www/tt_skew_edge_info.json
	run --separate-stderr "$skew" solve --prometheus "http://127.0.0.1:$port"
	[ "$status" -eq 3 ]
	[[ $stderr == *"it says: too many samples"* ]]
	sed -i '1i status 422' www/tt_skew_edge_info.json
	run --separate-stderr "$skew" solve --prometheus "http://127.0.0.1:$port"
	[ "$status" -eq 3 ]
	[[ $stderr == *"it says: too many samples"* ]]
	echo "status 503" >www/tt_skew_edge_info.json
	run --separate-stderr "$skew" solve --prometheus "http://127.0.0.1:$port"
	[ "$status" -eq 3 ]
	[[ $stderr == *"it answers with HTTP status 503"* ]]
	run --separate-stderr "$skew" solve --prometheus "http://127.0.0.1:1"
	[ "$status" -eq 3 ]
	[[ $stderr == *"nobody listens at port 1, or"* ]]
	run --separate-stderr "$skew" solve --prometheus "http://a..b"
	[ "$status" -eq 3 ]
	[[ $stderr == *"its name is not known"* ]]
	run --separate-stderr "$skew" solve --prometheus https://127.0.0.1
	[[ $stderr == *"no http://HOST"* ]]
}

@test "report: a page that needs nothing else, and JSON" {
	run "$skew" report --csv fleet.csv --output page.html --json map.json
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	sed 1d page.html >page.xml
	/usr/bin/python3 -c 'import xml.dom.minidom
xml.dom.minidom.parse("page.xml")'
	grep -q "Clock skew of 3 nodes" page.html
	! grep -oE '(src|href|url)[=(]' page.html || false
	[ "$(jq '.nodes | length' map.json)" = 3 ]
	run --separate-stderr "$skew" report --csv fleet.csv --output no/where
	[ "$status" -eq 3 ]
	[[ $stderr == *"no/where: No such file"* ]]
	run --separate-stderr "$skew" report --csv fleet.csv --output /dev/full
	[ "$status" -eq 3 ]
	[ -c /dev/full ] # a device is written to, not replaced
	usage_error "where to? --output FILE" report --csv fleet.csv
	usage_error "--worst is a number up to 100000, not 'x'" \
		report --worst x
	echo "d,e,5,40" >>fleet.csv
	run "$skew" report --csv fleet.csv --output page.html
	[ "$status" -eq 1 ]
}
