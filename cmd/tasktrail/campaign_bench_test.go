package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tasktrail/auth"
)

// How many attack at a time: those who stall, and those who break the protocol.
const (
	stalling  = 500
	attacking = 500
)

// BenchmarkBesieged is how long a change takes while 50 watch, without and with
// 500 clients that stall and 500 that misbehave, who come again for as long as it
// lasts: the half and the slowest hundredth of changes. The attackers have a
// process of their own, which gets the processors that nobody else wants, as
// those of others do not take ours.
func BenchmarkBesieged(b *testing.B) {
	for _, name := range []string{"quiet", "besieged"} {
		b.Run(name, func(b *testing.B) {
			s := besiege(b)
			s.bulk()
			if name == "besieged" {
				s.attackedFromOutside(b)
			}
			took := s.good(50, b.N, b.ResetTimer)
			b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
			b.ReportMetric(float64(took[(len(took)-1)*99/100])/1e6, "p99-ms")
		})
	}
}

// attackedServer names the environment variable that makes this program attack a
// server: its URL, and the directory with its key.
const attackedServer = "TASKTRAIL_TEST_ATTACK"

// attackedFromOutside attacks the server until the end of the benchmark.
func (s *siege) attackedFromOutside(b *testing.B) {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	child := exec.Command("nice", "-n", "19", program)
	child.Env = append(os.Environ(), attackedServer+"="+s.url+"\n"+s.dir)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		said, _ := io.ReadAll(out)
		if err := child.Wait(); err != nil {
			b.Error(err)
		}
		b.Logf("%s", said)
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		b.Fatalf("the attack has not begun: %q, %v", line, err)
	}
}

// complaints are what the attackers find wrong with how they are treated.
type complaints struct{ testing.TB }

func (complaints) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// attack is the attackers' program. It ends with its input.
func attack(on string) {
	url, dir, _ := strings.Cut(on, "\n")
	key, err := auth.LoadKey(dir + "/tasktrail.key")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return // without the line that the benchmark waits for
	}
	s := &siege{server: &server{url: url}, t: complaints{}, key: key, client: &http.Client{}}
	s.address = strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/graphql")
	ctx, end := context.WithCancel(context.Background())
	var attackers, stalled sync.WaitGroup
	var acts, thrown int
	var mu sync.Mutex
	again := func(pause time.Duration) bool {
		select {
		case <-time.After(pause):
			return true
		case <-ctx.Done():
			return false
		}
	}
	for n := range stalling {
		stalled.Add(1)
		attackers.Go(func() {
			arrived := sync.OnceFunc(stalled.Done)
			for more := true; more; {
				conn, err := s.stall(1000+n, n%2 == 0)
				arrived()
				more = again(12 * time.Second) // after ten it is thrown out
				if err == nil {
					_ = conn.Close()
				}
			}
		})
	}
	stalled.Wait()
	for n := range attacking {
		attackers.Go(func() {
			for more := true; more; more = again(time.Second) {
				out := hostilities[n%len(hostilities)].act(s, ctx, 2000+n)
				mu.Lock()
				if acts++; out {
					thrown++
				}
				mu.Unlock()
			}
		})
	}
	fmt.Println("attacking")
	_, _ = io.Copy(io.Discard, os.Stdin)
	end()
	attackers.Wait()
	fmt.Printf("%d stalled and %d hostile clients at a time came %d times and were thrown out %d times\n", stalling, attacking, acts, thrown)
}
