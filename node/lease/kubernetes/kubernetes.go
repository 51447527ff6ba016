package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/wire"
)

// membersAnnotation holds the members of the record, as a JSON array.
const membersAnnotation = "ringmend/members"

// mostAnswer is above the 1.5 MB that an object may have.
const mostAnswer = 4 << 20

// Config says which object to use, and how to reach it; see [InCluster].
type Config struct {
	// URL is that of the API server, such as https://10.96.0.1.
	URL string
	// Namespace and Name are those of the Lease object, which is made when it is
	// missing.
	Namespace, Name string
	// Token returns the bearer token for a request; nil: none is sent. Tokens of service
	// accounts are renewed every hour, so it is asked each time.
	Token func() (string, error)
	// Client makes the requests. It needs no time-out. Default: one without proxy, that
	// trusts what the system trusts.
	Client *http.Client
}

// Lease is a lease in a Lease object.
type Lease struct {
	cfg        Config
	collection string // URL of all leases of the namespace
}

// New returns the lease in an object.
func New(cfg Config) (*Lease, error) {
	server, err := url.Parse(cfg.URL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("lease: the API server's URL: %w", err)
	case server.Scheme != "https" && server.Scheme != "http" || server.Host == "":
		return nil, fmt.Errorf("lease: %q is no URL of an API server", cfg.URL)
	case !isName(cfg.Namespace) || !isName(cfg.Name):
		return nil, fmt.Errorf("lease: %q in namespace %q cannot be the name of an object", cfg.Name, cfg.Namespace)
	}
	if cfg.Client == nil {
		cfg.Client = newClient(nil)
	}
	return &Lease{cfg, strings.TrimSuffix(cfg.URL, "/") + "/apis/coordination.k8s.io/v1/namespaces/" + cfg.Namespace + "/leases"}, nil
}

// isName reports whether a text can be the name of an object: lower-case letters, digits,
// dashes and dots.
func isName(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	}) && !strings.Contains(s, "..")
}

// Read implements [lease.Lease].
func (l *Lease) Read(ctx context.Context) (lease.Record, error) {
	record, _, err := l.get(ctx)
	return record, err
}

// Advance implements [lease.Lease].
func (l *Lease) Advance(ctx context.Context, from uint64, to lease.Record) (lease.Record, error) {
	record, found, err := l.get(ctx)
	switch {
	case err != nil:
		return lease.Record{}, err
	case record.Epoch != from:
		return lease.Record{}, lease.Conflict(from, record.Epoch)
	}
	method, at := http.MethodPut, l.collection+"/"+l.cfg.Name
	if found == nil {
		found = l.newObject()
		method, at = http.MethodPost, l.collection
	}
	if err := found.set(to); err != nil {
		return lease.Record{}, err
	}
	body, err := json.Marshal(found)
	if err != nil {
		return lease.Record{}, err
	}
	status, answer, err := l.do(ctx, method, at, body)
	switch {
	case err != nil:
		return lease.Record{}, err
	case status == http.StatusConflict:
		return lease.Record{}, fmt.Errorf("%w: %s", lease.ErrConflict, reason(answer))
	case status != http.StatusOK && status != http.StatusCreated:
		return lease.Record{}, l.refused(method, status, answer)
	}
	return to, nil
}

// get returns the record and the object that it is in; a nil one if there is none.
func (l *Lease) get(ctx context.Context) (lease.Record, object, error) {
	status, answer, err := l.do(ctx, http.MethodGet, l.collection+"/"+l.cfg.Name, nil)
	switch {
	case err != nil:
		return lease.Record{}, nil, err
	case status == http.StatusNotFound:
		return lease.Record{}, nil, nil
	case status != http.StatusOK:
		return lease.Record{}, nil, l.refused(http.MethodGet, status, answer)
	}
	var found object
	if err := json.Unmarshal(answer, &found); err != nil {
		return lease.Record{}, nil, fmt.Errorf("%w: %w", lease.ErrInvalid, err)
	}
	record, err := found.record()
	if err != nil {
		return lease.Record{}, nil, fmt.Errorf("Lease %s/%s: %w", l.cfg.Namespace, l.cfg.Name, err)
	}
	return record, found, nil
}

// object is a Lease object with all that others have put into it.
type object map[string]any

func (l *Lease) newObject() object {
	return object{
		"apiVersion": "coordination.k8s.io/v1",
		"kind":       "Lease",
		"metadata":   map[string]any{"name": l.cfg.Name, "namespace": l.cfg.Namespace},
	}
}

// part returns an object within another one, which is made if it is missing.
func part(of map[string]any, key string) map[string]any {
	inner, ok := of[key].(map[string]any)
	if !ok {
		inner = make(map[string]any)
		of[key] = inner
	}
	return inner
}

func (o object) set(r lease.Record) error {
	if r.Epoch > math.MaxInt32 {
		return fmt.Errorf("lease: epoch %d does not fit in leaseTransitions", r.Epoch)
	}
	members, err := json.Marshal(r.Members)
	if err != nil {
		return err
	}
	part(part(o, "metadata"), "annotations")[membersAnnotation] = string(members)
	spec := part(o, "spec")
	spec["holderIdentity"], spec["leaseTransitions"] = r.Holder, r.Epoch
	return nil
}

// record returns what the object holds. An object without members was created for the
// lease in advance, and holds no record.
func (o object) record() (r lease.Record, err error) {
	members, ok := part(part(o, "metadata"), "annotations")[membersAnnotation].(string)
	if !ok {
		return lease.Record{}, nil
	}
	if err := json.Unmarshal([]byte(members), &r.Members); err != nil {
		return lease.Record{}, fmt.Errorf("%w: annotation %s: %w", lease.ErrInvalid, membersAnnotation, err)
	}
	spec := part(o, "spec")
	r.Holder, _ = spec["holderIdentity"].(string)
	epoch, _ := spec["leaseTransitions"].(float64)
	r.Epoch = uint64(max(0, epoch))
	for _, member := range r.Members {
		if _, err := wire.ParseAddress(string(member)); err != nil {
			return lease.Record{}, fmt.Errorf("%w: %w", lease.ErrInvalid, err)
		}
	}
	return r, lease.Check(r)
}

// do makes a request and returns the whole answer.
func (l *Lease) do(ctx context.Context, method, at string, body []byte) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if l.cfg.Token != nil {
		token, err := l.cfg.Token()
		if err != nil {
			return 0, nil, fmt.Errorf("lease: the token: %w", err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := l.cfg.Client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, mostAnswer+1))
	if err == nil && len(answer) > mostAnswer {
		err = fmt.Errorf("lease: the API server answers with more than %d bytes", mostAnswer)
	}
	return response.StatusCode, answer, err
}

// Errors of the API server that no other attempt will mend.
var (
	// ErrUnauthorized means that the server does not accept the token.
	ErrUnauthorized = errors.New("the API server does not accept the token")
	// ErrForbidden means that the service account may not do it.
	ErrForbidden = errors.New("the service account lacks a permission")
)

func (l *Lease) refused(method string, status int, answer []byte) error {
	err := fmt.Errorf("%s of Lease %s/%s: status %d: %s", method, l.cfg.Namespace, l.cfg.Name, status, reason(answer))
	switch status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: %w", ErrUnauthorized, err)
	case http.StatusForbidden:
		return fmt.Errorf("%w (get, create and update of leases in coordination.k8s.io): %w", ErrForbidden, err)
	}
	return err
}

// reason returns the message of an answer that is a Status object, or its beginning.
func reason(answer []byte) string {
	var status struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(answer, &status) == nil && status.Message != "" {
		answer = []byte(status.Message)
	}
	const longest = 200
	return fmt.Sprintf("%q", answer[:min(len(answer), longest)])
}
