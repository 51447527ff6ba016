package tchan

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/internal/await"
)

// The guard beside tchannel-go, which nothing guards, in a process of its own: what ends that
// is refused here, and what passes here is taken there. The guard may be stricter, not
// laxer.
func FuzzGuardBesideTheLibrary(f *testing.F) {
	seeds(f)
	var peer unguarded
	f.Cleanup(peer.stop)
	f.Fuzz(func(t *testing.T, b []byte, scripted bool) {
		if scripted {
			b = script(b)
		}
		b, verdict := judge(b)
		within := await.Patience
		if verdict != nil {
			within = 300 * time.Millisecond // the library may wait for what never comes
		}
		took := peer.takes(t, b, within)
		if took != "" && verdict == nil {
			// The library may die of what came before, a moment later.
			peer.stop()
			took = peer.takes(t, b, within)
		}
		if took != "" && verdict == nil {
			t.Errorf("the guard passes what the library does not take: %s\n%x", took, b)
		}
	})
}

// The seeds of the fuzz test hold frames that end the library, and it notices.
func TestTheLibraryIsEnded(t *testing.T) {
	zero := uint32(0)
	var peer unguarded
	t.Cleanup(peer.stop)
	for name, b := range map[string][]byte{
		"checksum type": call(func(c *testCall) { c.sumType, c.sum = 4, &zero }),
		"no arguments":  call(func(c *testCall) { c.args = nil }),
	} {
		if _, verdict := judge(b); verdict == nil {
			t.Errorf("%s: the guard passes it", name)
		}
		_ = peer.takes(t, b, await.Patience) // the call behind it may be answered before the end
		await.True(t, await.Patience, name+" ends the library; if not, is the guard still needed", peer.hasEnded)
		if said := peer.panicked(); !strings.HasPrefix(said, "panic:") {
			t.Errorf("%s: it says %s", name, said)
		}
		if took := peer.takes(t, goodCall().bytes(), await.Patience); took != "" {
			t.Errorf("a good call after %s: %s", name, took)
		}
	}
}

// judge returns the whole frames at the beginning of b up to the first bad one, which it
// includes, and what the guard says of that. The id of a call that comes again is refused, too:
// conn.go does so as long as the first one is being handled.
func judge(b []byte) (frames []byte, verdict error) {
	c := readyChecker(accepted)
	calls := make(map[uint32]bool)
	for rest := b; len(rest) >= headerSize; {
		h := parseHeader(rest)
		size := max(int(h.size), headerSize)
		if size > len(rest) {
			break
		}
		frames = append(frames, rest[:size]...)
		if err := c.frame(h, rest[headerSize:size]); err != nil {
			return frames, err
		}
		if h.kind == kindCallReq && calls[h.id] {
			return frames, badFrame("call %d again", h.id)
		}
		calls[h.id] = calls[h.id] || h.kind == kindCallReq
		rest = rest[size:]
	}
	return frames, nil
}

const (
	unguardedEnv = "TCHAN_TEST_UNGUARDED_PEER"
	lastCall     = 0x7fffff01 // the id of a good call behind the input
)

// TestUnguardedPeer is the process of the library; run by itself it does nothing.
func TestUnguardedPeer(t *testing.T) {
	if os.Getenv(unguardedEnv) == "" {
		t.Skip("skipped: it is for the process that FuzzGuardBesideTheLibrary starts")
	}
	ch, err := tchannel.NewChannel("ringpop", nil)
	if err != nil {
		t.Fatal(err)
	}
	ch.Register(tchannel.HandlerFunc(echoCall), "/alive")
	if err := ch.ListenAndServe("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nlistening %s\n", ch.PeerInfo().HostPort)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the other process is gone
}

// echoCall reads a call and answers with its body.
func echoCall(_ context.Context, call *tchannel.InboundCall) {
	var arg2, arg3 []byte
	if tchannel.NewArgReader(call.Arg2Reader()).Read(&arg2) != nil || tchannel.NewArgReader(call.Arg3Reader()).Read(&arg3) != nil {
		return
	}
	if tchannel.NewArgWriter(call.Response().Arg2Writer()).Write(arg2) == nil {
		_ = tchannel.NewArgWriter(call.Response().Arg3Writer()).Write(arg3)
	}
}

// unguarded is a process with the library, started when it is needed.
type unguarded struct {
	cmd     *exec.Cmd
	in      io.Closer
	address string
	ended   chan struct{}
	said    *await.Buffer
}

func (u *unguarded) start(t testing.TB) {
	u.cmd = exec.Command(os.Args[0], "-test.run=^TestUnguardedPeer$")
	u.cmd.Env = append(os.Environ(), unguardedEnv+"=1")
	var err error
	if u.in, err = u.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := u.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	u.cmd.Stderr = u.cmd.Stdout
	u.said = new(await.Buffer)
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening, ended, said := make(chan string, 1), make(chan struct{}), u.said
	u.ended = ended
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if address, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
				listening <- address
			}
			fmt.Fprintln(said, lines.Text())
		}
		_ = u.cmd.Wait()
	}()
	select {
	case u.address = <-listening:
	case <-ended:
		t.Fatalf("the process of the library does not start:\n%s", u.said.String())
	case <-time.After(await.Patience):
		t.Fatal("the process of the library does not start")
	}
}

func (u *unguarded) stop() {
	if u.cmd != nil {
		_ = u.in.Close()
		_ = u.cmd.Process.Kill()
		<-u.ended
		u.cmd = nil
	}
}

// takes sends frames after a handshake, and a good call behind them. It returns why the good
// call was not answered, and an empty text if it was.
func (u *unguarded) takes(t testing.TB, frames []byte, within time.Duration) string {
	if u.cmd == nil {
		u.start(t)
	}
	c, err := net.Dial("tcp", u.address)
	if err != nil {
		u.stop() // it has died of what came before
		u.start(t)
		if c, err = net.Dial("tcp", u.address); err != nil {
			t.Fatal(err)
		}
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(within))
	good := goodCall()
	good.id = lastCall
	go func() {
		_, _ = c.Write(join(goodInit(kindInitReq), frames, good.bytes()))
	}()
	for {
		h, payload, err := tryReadFrame(c)
		switch {
		case err != nil && u.hasEnded():
			u.stop()
			return "it ends: " + u.panicked()
		case err != nil:
			return "it closes the connection: " + err.Error()
		case h.kind == kindCallRes && h.id == lastCall:
			return ""
		case h.kind == kindError && (h.id == lastCall || payload[0] == byte(tchannel.ErrCodeProtocol)):
			return fmt.Sprintf("error %d of call %d: %s", payload[0], h.id, payload[min(len(payload), 1+tracingSize+2):])
		}
	}
}

// hasEnded waits a moment for the end of the process: its connections end before it.
func (u *unguarded) hasEnded() bool {
	select {
	case <-u.ended:
		return true
	case <-time.After(200 * time.Millisecond):
		return false
	}
}

func (u *unguarded) panicked() string {
	_, after, found := strings.Cut(u.said.String(), "panic:")
	if !found {
		return u.said.String()
	}
	line, _, _ := strings.Cut(after, "\n")
	return "panic:" + line
}
