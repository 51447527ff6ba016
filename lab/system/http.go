package system

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

func httpFrom(dial Dialer) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:         dial,
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}}
}

func fetch(client *http.Client, q *http.Request) (code int, body []byte, err error) {
	answer, err := client.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer.StatusCode, bytes.TrimSpace(body), err
}

// httpFailure says what an error means: who was not reached has done nothing.
func httpFailure(err error) workload.Answer {
	a := workload.Answer{Outcome: result.Unknown, Error: err.Error()}
	if e := new(net.OpError); errors.As(err, &e) && e.Op == "dial" {
		a.Outcome = result.Failed
	}
	return a
}
