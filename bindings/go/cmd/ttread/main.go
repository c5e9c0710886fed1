// SPDX-License-Identifier: Apache-2.0

// ttread: what every binding has for its tests. ttread vectors: lines of
// ../vectors.jq on standard input; ttread live PATH N: N readings, some ms apart;
// ttread spin PATH N: without a pause.
package main

import (
	"bufio"
	"fmt"
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
	fmt.Fprintln(os.Stderr, "usage: ttread vectors | ttread live|spin PATH N")
	os.Exit(2)
}
