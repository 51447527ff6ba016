package vector

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// maxRun bounds how long one vector may take at one size.
const maxRun = 2 * time.Minute

// session is one run of a vector: the node, the fakes around it and what was
// said. Steps run one after the other; only what is behind mu, and the fakes,
// may be used by the handlers of the fakes as well.
type session struct {
	ctx     context.Context
	program Program
	flavour swim.Flavour
	bodies  *Bodies
	vector  *Vector
	size    int
	ports   *ports.Pool

	sut      *sut
	fakes    []*fake // $1, $2, …
	client   *tchan.Transport
	log      *callLog
	vars     map[string]any
	baseline []wire.Member // the membership when the steps began

	base  int64 // incarnation of whatever has no other
	fresh int   // made-up addresses so far
	used  []int // ports to give back

	mu         sync.Mutex
	strangers  map[string]*fake
	incs       map[string]int64 // by address
	violations []error
}

// newSession prepares a run; close must be called, also after an error.
func newSession(ctx context.Context, o *Options, v *Vector, size int) (*session, error) {
	s := &session{
		ctx: ctx, program: o.Program, flavour: o.Flavour, bodies: o.Bodies, ports: &o.ports,
		vector: v, size: size,
		sut: &sut{out: &proc.Tail{}}, log: newCallLog(), vars: map[string]any{},
		// In the past: a node's own incarnation must be higher.
		base:      time.Now().Add(-time.Hour).UnixMilli(),
		strangers: map[string]*fake{}, incs: map[string]int64{},
	}
	return s, s.prepare()
}

func (s *session) prepare() (err error) {
	if s.sut.dir, err = os.MkdirTemp("", "ringpop-vector-"); err != nil {
		return err
	}
	if s.client, err = tchan.New(tchan.Options{MaxBody: 64 << 20}); err != nil {
		return err
	}
	if s.sut.address, err = s.takeAddress("127.0.0.1"); err != nil {
		return err
	}
	for i := 1; i < s.size; i++ {
		f, err := s.newFake(strconv.Itoa(i))
		if err != nil {
			return err
		}
		s.fakes = append(s.fakes, f)
	}
	for name := range s.vector.Members {
		if isStranger(name) {
			if _, err := s.stranger(name[1:]); err != nil {
				return err
			}
		}
	}
	s.bindFresh()
	return nil
}

// isStranger says whether a placeholder names a fake beside the numbered ones.
func isStranger(name string) bool { return name == "$x" || name == "$y" || name == "$z" }

// close ends the node and the fakes.
func (s *session) close() error {
	s.sut.stop()
	var errs []error
	for _, f := range s.allFakes() {
		errs = append(errs, f.close())
	}
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	s.ports.Release(s.used...)
	if s.sut.dir != "" {
		errs = append(errs, os.RemoveAll(s.sut.dir))
	}
	return errors.Join(errs...)
}

func (s *session) takeAddress(host string) (string, error) {
	address, port, err := s.ports.Take(host)
	if err == nil {
		s.used = append(s.used, port)
	}
	return address, err
}

// newFake makes a member that listens.
func (s *session) newFake(name string) (*fake, error) {
	host := "127.0.0.1"
	if slices.Contains(s.vector.Elsewhere, "$"+name) {
		host = "127.0.0.2"
	}
	address, err := s.takeAddress(host)
	if err != nil {
		return nil, err
	}
	f := &fake{session: s, name: name, address: address, inc: s.base, responses: map[string]*response{}}
	if spec := s.vector.Members["$"+name]; spec != nil {
		f.inc += spec.Incarnation
	}
	s.mu.Lock()
	s.incs[address] = f.inc
	s.mu.Unlock()
	return f, f.listen()
}

// stranger returns the fake of a name such as "x", which is not a member at the
// beginning. It is made when it is first used.
func (s *session) stranger(name string) (*fake, error) {
	s.mu.Lock()
	f, ok := s.strangers[name]
	s.mu.Unlock()
	if ok {
		return f, nil
	}
	f, err := s.newFake(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strangers[name] = f
	return f, nil
}

func (s *session) allFakes() []*fake {
	all := slices.Clone(s.fakes)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.strangers {
		all = append(all, f)
	}
	return all
}

// fakesOf returns the fakes that a selector names: none stands for all members.
func (s *session) fakesOf(names Names) ([]*fake, error) {
	if len(names) == 0 {
		return s.fakes, nil
	}
	var list []*fake
	for _, name := range names {
		f, err := s.fakeOf(name)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// fakeOf returns the fake with a name, "$1" or "$x", or that a variable holds
// the address of.
func (s *session) fakeOf(name string) (*fake, error) {
	v, err := evaluateString(name, s)
	if err != nil {
		return nil, err
	}
	for _, f := range s.allFakes() {
		if f.address == v {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s is no fake member", name)
}

// received logs a call of the node and returns its body.
func (s *session) received(f *fake, endpoint string, raw []byte) any {
	body, err := decodeJSON(raw)
	if err == nil {
		if schema, ok := requestSchemas[endpoint]; ok {
			err = s.bodies.check(schema, body)
		}
	}
	if err != nil {
		s.violated(fmt.Errorf("the node's call of %s to $%s violates the schema: %w: %.300s", endpoint, f.name, err, raw))
	}
	s.log.add(&call{to: f, endpoint: endpoint, body: body})
	return body
}

func (s *session) violated(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, err)
}

// health returns what went wrong beside the steps: a message that violates its
// schema, or the end of the node.
func (s *session) health() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.violations) > 0 {
		return s.violations[0]
	}
	return s.sut.alive()
}

// membership is what the fakes believe: the list of changes in a join answer.
func (s *session) membership() []any {
	list := []any{}
	for _, f := range s.fakes {
		if spec, listed := s.vector.Members["$"+f.name]; !listed || spec != nil {
			list = append(list, told(f.address, f.inc, spec))
		}
	}
	for name, spec := range s.vector.Members {
		if spec != nil && !strings.HasPrefix(name, "$") {
			list = append(list, told(name, s.base+spec.Incarnation, spec))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, f := range s.strangers {
		if spec := s.vector.Members["$"+name]; spec != nil {
			list = append(list, told(f.address, f.inc, spec))
		}
	}
	return list
}

func told(address string, inc int64, spec *MemberSpec) map[string]any {
	change := map[string]any{"address": address, "incarnationNumber": inc, "status": "alive"}
	if spec == nil {
		return change
	}
	if spec.Status != "" {
		change["status"] = spec.Status
	}
	if len(spec.Labels) > 0 {
		labels := map[string]any{}
		for k, v := range spec.Labels {
			labels[k] = v
		}
		change["labels"] = labels
	}
	return change
}
