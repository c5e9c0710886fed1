#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Completions against --help: each option of the help is completed, and no
# other; in bash and in zsh. BUILD names the build.

bats_require_minimum_version 1.5.0

# complete_bash WORD...: what may stand for the last one.
complete_bash() {
	bash --norc -c '. "$BUILD/completions/timed.bash"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_timed_complete "$1" "${!#}" ""
		printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}

# The same in zsh, whose own functions say what they are given.
complete_zsh() {
	zsh -f -c 'compadd() { shift; print -l -- $@ }
		_files() { print -l -- *(N) }
		compset() { words[CURRENT]=${words[CURRENT]#*=} }
		it() { local service=$words[1] CURRENT=$#words
			source $BUILD/completions/_timed }
		words=("$@"); it' - "$@"
}

program_of() {
	case $1 in
	timed) echo "$BUILD/timed/timed" ;;
	tt-sim) echo "$BUILD/sim/tt-sim" ;;
	tt-exporter) echo "$BUILD/tools/exporter/tt-exporter" ;;
	tt-skew) echo "$BUILD/tools/skew/tt-skew" ;;
	*) echo "$BUILD/tools/$1" ;;
	esac
}

skew_commands() {
	"$(program_of tt-skew)" --help |
		sed -n 's/^tt-skew \([a-z]*\) .*/\1/p' | sort
}

help_options() { # PROGRAM
	"$(program_of "$1")" --help |
		grep -oE '(^|[ [,])--?[a-zA-Z][a-z-]*' | tr -d ' [,' | sort -u
}

# Of every command, where options belong to commands.
completed_options() { # SHELL PROGRAM
	local command

	case $2 in
	tt-sim)
		for command in check break list compare notice soak run serve
		do
			"complete_$1" tt-sim $command ""
		done ;;
	tt-skew)
		printf '%s\n' --help --version
		for command in $(skew_commands)
		do
			"complete_$1" tt-skew $command ""
		done ;;
	*) "complete_$1" "$2" "" ;;
	esac | grep -E '^-' | sed 's/=.*//' | sort -u
}

both_agree() { # SHELL
	for program in timed tt-status check_tt tt-ctl tt-audit tt-bench \
		tt-sim tt-exporter tt-skew; do
		diff <(help_options $program) \
			<(completed_options "$1" $program) || {
			echo "$program: < in --help alone, > completed alone"
			return 1
		}
		[ "$(help_options $program | wc -l)" -ge 5 ]
	done
}

commands_agree() { # SHELL: what the help lists at its left
	diff <("$(program_of tt-sim)" --help |
		sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort) \
		<("complete_$1" tt-sim "" | sort)
	diff <("$(program_of tt-bench)" --help |
		sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort) \
		<("complete_$1" tt-bench "" | grep -v ^- | sort)
	diff <(skew_commands) <("complete_$1" tt-skew "" | sort)
	diff <("$(program_of tt-ctl)" --help |
		sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | sort -u) \
		<("complete_$1" tt-ctl "" | grep -v ^- | sort)
}

values() { # SHELL
	[ "$("complete_$1" tt-status --format "" | paste -sd' ')" = \
		"text json csv openmetrics nagios" ]
	[ "$("complete_$1" tt-ctl source "" | paste -sd' ')" = \
		"disable enable" ]
	[ -z "$("complete_$1" tt-status --timeout "")" ]
	cd "$BATS_TEST_TMPDIR"
	touch a-file
	[ "$("complete_$1" tt-status --segment "")" = a-file ]
	for format in text json csv openmetrics nagios; do
		"$BUILD/tools/tt-status" --socket "" --segment /none/x \
			--format $format >/dev/null || [ $? -eq 3 ]
	done
}

@test "bash: each option of --help, and no other" {
	both_agree bash
}

@test "bash: commands, values, files" {
	commands_agree bash
	values bash
	[ "$(complete_bash tt-status --format = js)" = json ]
	[ "$(complete_bash tt-status --fo)" = --format ]
}

@test "zsh: each option of --help, and no other" {
	command -v zsh >/dev/null || skip "no zsh"
	both_agree zsh
}

@test "zsh: commands, values, files" {
	command -v zsh >/dev/null || skip "no zsh"
	commands_agree zsh
	values zsh
	[ "$(complete_zsh tt-exporter --format= | paste -sd' ')" = \
		"classic openmetrics" ]
}
