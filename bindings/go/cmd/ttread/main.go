// SPDX-License-Identifier: Apache-2.0

// ttread: what every binding has for its tests. ttread vectors: lines of
// ../vectors.jq on standard input; ttread live PATH N: N readings, some ms apart;
// ttread spin PATH N: without a pause; ttread commit PATH: commit timestamps and
// waits, at the ends of the range too, a word for each.
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"timed/truetime"
)

var names = map[error]string{
	syscall.ENOENT: "ENOENT", syscall.EACCES: "EACCES",
	syscall.EPROTO: "EPROTO", syscall.EAGAIN: "EAGAIN",
	syscall.ENODATA: "ENODATA", syscall.ESTALE: "ESTALE",
	syscall.ERANGE: "ERANGE",
}

func name(err error) string {
	if n, ok := names[err]; ok {
		return n
	}
	return err.Error()
}

func answer(question []string) string {
	var w [32]uint64
	for i := range w {
		w[i], _ = strconv.ParseUint(question[3+i], 0, 64)
	}
	s := truetime.Decode(&w)
	if question[0] == "ticks" {
		ticks, _ := strconv.ParseUint(question[2], 10, 64)
		return fmt.Sprint(s.RawOfTicks(ticks))
	}
	raw, _ := strconv.ParseInt(question[2], 10, 64)
	i, err := s.Evaluate(raw, question[1] == "now", question[0] == "tai")
	if err != nil {
		return name(err)
	}
	return fmt.Sprint(i.EarliestNs, i.LatestNs, i.Epoch, i.State, i.Flags)
}

func vectors() bool {
	count, bad := 0, 0
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		parts := strings.Split(in.Text(), " = ")
		count++
		if got := answer(strings.Fields(parts[0])); got != parts[1] {
			bad++
			fmt.Println(parts[0], "gives", got, "not", parts[1])
		}
	}
	fmt.Printf("%d checks, %d failed\n", count, bad)
	return bad == 0 && count > 0
}

func live(path string, n int, pause time.Duration) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	c := truetime.Open(path)
	for ; n > 0; n-- {
		i, err := c.Now()
		if err != nil {
			fmt.Fprintln(out, name(err))
		} else {
			fmt.Fprintln(out, i.RawNs, i.EarliestNs, i.LatestNs, i.Epoch,
				i.State, i.Flags)
		}
		time.Sleep(pause)
	}
}

// check gives the error's name, or the value.
func check(v int64, err error) string {
	if err != nil {
		return name(err)
	}
	return fmt.Sprint(v)
}

func commit(path string) {
	c := truetime.Open(path)
	if err := c.WaitAfter(math.MinInt64, 0); err != nil {
		fmt.Print(name(err), " ")
	}
	a, _ := c.CommitTimestamp(math.MinInt64)
	b, err := c.CommitTimestamp(math.MinInt64)
	words := []string{"past", "falling", "early"}
	if err == nil && a < b {
		words[1] = "rising"
	}
	if c.WaitAfter(b, 10*time.Second) == nil && c.After(b) {
		words[2] = "waited"
	}
	words = append(words, check(0, c.WaitAfter(math.MaxInt64, 0)),
		check(c.CommitTimestamp(math.MaxInt64)), check(c.CommitTimestamp(0)))
	fmt.Println(strings.Join(words, " "))
}

func main() {
	mode := ""
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	if len(os.Args) == 2 && mode == "vectors" {
		if !vectors() {
			os.Exit(1)
		}
		return
	}
	pauses := map[string]time.Duration{"live": 3 * time.Millisecond, "spin": 0}
	if pause, ok := pauses[mode]; ok && len(os.Args) == 4 {
		n, err := strconv.Atoi(os.Args[3])
		if err == nil {
			live(os.Args[2], n, pause)
			return
		}
	}
	if len(os.Args) == 3 && mode == "commit" {
		commit(os.Args[2])
		return
	}
	fmt.Fprintln(os.Stderr, "usage: ttread vectors | ttread live|spin PATH N | "+
		"ttread commit PATH")
	os.Exit(2)
}
