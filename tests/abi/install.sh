#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh CMAKE BUILD CONSUMER PREFIX LIBDIR CC: install libtt into a
# temporary place and build a program with it as a stranger would.
set -eu
cmake=$1 build=$2 consumer=$3 prefix=$4 libdir=$5 cc=$6
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
unset CFLAGS LDFLAGS DESTDIR

DESTDIR=$root "$cmake" --install "$build" >/dev/null
libs=$root$prefix/$libdir
test -L "$libs/libtt.so" && test -L "$libs/libtt.so.0" && test -f "$libs/libtt.a"
for header in tt.h tt_inline.h tt.hpp hlc.h lease.h logical.h waitset.h \
	inline/segment.h inline/counter.h inline/eval.h inline/interval.h \
	inline/map.h inline/vmclock.h
do
	test -f "$root$prefix/include/tt/$header"
done

# find_package(tt CONFIG), shared and static
"$cmake" -S "$consumer" -B "$dir/b" -DCMAKE_C_COMPILER="$cc" \
	-Dtt_DIR="$libs/cmake/tt" >/dev/null
"$cmake" --build "$dir/b" >/dev/null
"$dir/b/consumer"
"$dir/b/consumer_static"
"$dir/b/consumer_inline"
# The library, if any, must not have come along.
if objdump -p "$dir/b/consumer_inline" | grep -q libtt; then
	echo "the reader without the library is linked with it" >&2
	exit 1
fi
if command -v c++ >/dev/null; then
	"$dir/b/consumer_cxx"
else
	echo "no C++ compiler: tt.hpp as installed was not tried"
fi

# pkg-config
export PKG_CONFIG_PATH="$libs/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
# shellcheck disable=SC2046 # words are wanted
"$cc" -o "$dir/consumer" "$consumer/consumer.c" \
	$(pkg-config --cflags --libs libtt)
LD_LIBRARY_PATH=$libs "$dir/consumer"
# shellcheck disable=SC2046
"$cc" -o "$dir/consumer_static" "$consumer/consumer.c" \
	$(pkg-config --cflags libtt) "$libs/libtt.a"
"$dir/consumer_static"
# shellcheck disable=SC2046
"$cc" -o "$dir/consumer_inline" "$consumer/consumer_inline.c" \
	$(pkg-config --cflags libtt)
"$dir/consumer_inline"
if command -v c++ >/dev/null; then
	# shellcheck disable=SC2046
	c++ -o "$dir/consumer_cxx" "$consumer/consumer.cpp" \
		$(pkg-config --cflags --libs libtt)
	LD_LIBRARY_PATH=$libs "$dir/consumer_cxx"
fi
test "$(pkg-config --modversion libtt)" = "$(
	sed -n 's/^set(PACKAGE_VERSION "\(.*\)")/\1/p' \
		"$libs/cmake/tt/tt-config-version.cmake")"

# Nothing but libc.
if ! objdump -p "$libs/libtt.so.0" | awk '
	$1 == "NEEDED" && $2 !~ /^libc\.so/ && $2 !~ /^ld-linux/ { exit 1 }'
then
	echo "libtt.so needs more than libc" >&2
	exit 1
fi
