package kubernetes

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// accountDir is where a pod finds its service account.
const accountDir = "/var/run/secrets/kubernetes.io/serviceaccount"

// ErrNotInCluster means that the process does not run in a pod with a service account.
var ErrNotInCluster = errors.New("not in a pod with a service account")

// InCluster returns the configuration of a pod for the Lease of a name: the API server, the
// service account and, if namespace is empty, the namespace of the pod.
func InCluster(namespace, name string) (Config, error) {
	return inCluster(accountDir, namespace, name)
}

func inCluster(dir, namespace, name string) (Config, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return Config{}, fmt.Errorf("%w: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set", ErrNotInCluster)
	}
	authorities, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrNotInCluster, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authorities) {
		return Config{}, fmt.Errorf("lease: %s holds no certificate", filepath.Join(dir, "ca.crt"))
	}
	if namespace == "" {
		own, err := os.ReadFile(filepath.Join(dir, "namespace"))
		if err != nil {
			return Config{}, fmt.Errorf("%w: %w", ErrNotInCluster, err)
		}
		namespace = strings.TrimSpace(string(own))
	}
	return Config{
		URL: "https://" + net.JoinHostPort(host, port), Namespace: namespace, Name: name,
		Token: func() (string, error) {
			token, err := os.ReadFile(filepath.Join(dir, "token"))
			return strings.TrimSpace(string(token)), err
		},
		Client: newClient(pool),
	}, nil
}

// newClient returns a client that talks to the API server itself: not by a proxy, and not to
// where an answer redirects, which would get the token. nil: it trusts what the system trusts.
func newClient(authorities *x509.CertPool) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 5 * time.Second,
			IdleConnTimeout:     90 * time.Second,
			MaxIdleConns:        2,
		},
	}
}
