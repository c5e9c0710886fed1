# _timed_words PROGRAM PREVIOUS: what may follow that word: words, one a line;
# @file: a file's name; nothing: a value that only its writer knows.
_timed_words()
{
	case "$1 $2" in
	*' --segment' | *' --socket' | *' --config' | 'timed -f' | \
		*' --commands' | *' --truth' | *' --report' | *' --csv' | \
		*' --fleet' | *' --output' | *' --json' | *' --dir' | \
		*' --keyfile' | *' --nts-cert' | *' --nts-key' | \
		*' --nts-trusted')
		echo @file ;;
	'tt-status --format' | 'check_tt --format')
		printf '%s\n' text json csv openmetrics nagios ;;
	'tt-skew --format')
		printf '%s\n' text json csv ;;
	'tt-exporter --format')
		printf '%s\n' classic openmetrics ;;
	*' --format')
		printf '%s\n' text json ;;
	'tt-sim --source')
		printf '%s\n' ntp ptp phc gnss ;;
	'tt-sim --scenario')
		printf '%s\n' cloud lan wan ptp bad holdover liar storm @file ;;
	'tt-ctl holdover')
		printf '%s\n' start stop ;;
	'tt-ctl source')
		printf '%s\n' disable enable ;;
	'tt-ctl log-level')
		printf '%s\n' error warning notice info debug ;;
	'tt-ctl disable' | 'tt-ctl enable') ;;
	*' --warning' | *' --critical' | *' -w' | *' -c' | *' --interval' | \
		*' --max-uncertainty' | *' --timeout' | *' --listen' | \
		*' --calls' | *' --batches' | *' --threads' | *' --for') ;;
	'tt-sim --'* | 'tt-skew --'*) ;;
	'timed '*)
		printf '%s\n' --config -f --debug -d --check-config \
			--print-defaults --version --help ;;
	'tt-status '* | 'check_tt '*)
		printf '%s\n' --segment --socket --format --budget --sources \
			--axioms --warning -w --critical -c --watch \
			--interval --wait --max-uncertainty --timeout \
			--history --history=minutes --history=hours \
			--history=events --report --help --version ;;
	'tt-audit --at') ;;
	'tt-audit '*)
		printf '%s\n' @file --at --format --quiet --help --version ;;
	'tt-ctl '*)
		printf '%s\n' step reload holdover source log-level \
			withdraw restore --for \
			--socket --format --help --version ;;
	'tt-bench '*)
		printf '%s\n' read tail scale hlc wait --segment --format \
			--calls --batches --threads --help --version ;;
	'tt-exporter '*)
		printf '%s\n' --listen --segment --socket --once --format \
			--no-sandbox \
			--help --version ;;
	'tt-skew agent')
		printf '%s\n' --fleet --srv --self --listen --peers --seed \
			--epoch --poll --stray --asymmetry --dir \
			--ntp-address --ntp-port --allow --hwtimestamp \
			--keyfile --key --nts --nts-cert --nts-key \
			--nts-trusted --print-chronyd-config ;;
	'tt-skew solve')
		printf '%s\n' --csv --fleet --prometheus --format --worst ;;
	'tt-skew report')
		printf '%s\n' --csv --fleet --prometheus --output --json \
			--worst ;;
	'tt-skew matrix')
		printf '%s\n' --csv --fleet --prometheus --limit --format ;;
	'tt-skew precision')
		printf '%s\n' --serve --sim --rate --window --count --spacing \
			--epsilon --pure --hardware --drift-max --wander-max \
			--stamp-error --name --format --bind --client-rate \
			--total-rate --load --hops --quantum --asymmetry \
			--nodes --glitches --seed ;;
	'tt-skew sim')
		printf '%s\n' --nodes --peers --rack --dead --broken \
			--asymmetric --bad-paths --rounds --interval \
			--half-width --seed --format ;;
	'tt-skew '*)
		printf '%s\n' agent matrix solve report precision sim ;;
	'tt-sim check')
		printf '%s\n' --scenario --seed --runs --fresh --hours --jobs ;;
	'tt-sim break')
		printf '%s\n' --seed ;;
	'tt-sim compare')
		printf '%s\n' --scenario --seed --seeds --drift ;;
	'tt-sim notice')
		printf '%s\n' --seed --seeds ;;
	'tt-sim soak')
		printf '%s\n' --hours --jobs --seed ;;
	'tt-sim run')
		printf '%s\n' --config --scenario --report --seed ;;
	'tt-sim serve')
		printf '%s\n' @file --scenario --half-width --offset --drift \
			--wander --max-drift --void-after --fault --source \
			--commands --truth --seed --duration ;;
	'tt-sim list') ;;
	'tt-sim '*)
		printf '%s\n' check break list compare notice soak run serve ;;
	esac
}
