package main

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"

	"github.com/ringmend/ringmend/examples/internal/trial"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

func TestNoRequestFailsDuringARollingRestart(t *testing.T) {
	var pool ports.Pool
	var addresses []string
	for range 3 {
		address, port, err := pool.Take("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pool.Release(port) })
		addresses = append(addresses, address)
	}
	client, err := tchannel.NewChannel("client", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	trial.Run(t, trial.Service{
		Addresses: addresses,
		Args: func(i int, hosts string) []string {
			return []string{"-listen", addresses[i], "-hosts", hosts, "-attempt-timeout", fmt.Sprint(await.Patience)}
		},
		Ask: func(ctx context.Context, node int, key string, changes bool) (trial.Outcome, error) {
			endpoint := "get"
			if changes {
				endpoint = "add"
			}
			return call(ctx, client.Peers().GetOrAdd(addresses[node]), endpoint, &Request{Key: key, Value: 1})
		},
	})
}

// call makes a call, and tells from what TChannel says whether it was executed.
func call(ctx context.Context, peer *tchannel.Peer, endpoint string, r *Request) (trial.Outcome, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return trial.NotExecuted, err
	}
	call, err := peer.BeginCall(ctx, "kv", endpoint, &tchannel.CallOptions{Format: tchannel.JSON})
	if err != nil {
		return trial.NotExecuted, err // nothing has been sent
	}
	_, _, _, err = raw.WriteArgs(call, []byte("{}"), body)
	switch tchannel.GetSystemErrorCode(err) {
	case tchannel.ErrCodeDeclined, tchannel.ErrCodeBusy:
		return trial.NotExecuted, err
	}
	if err != nil {
		return trial.Lost, err
	}
	return trial.Answered, nil
}
