package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custodock/ingest"
)

// makeCertificate writes a certificate of that name for 127.0.0.1, and its key.
func makeCertificate(t *testing.T, name, cert, key string, valid time.Duration) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if path == "" {
			continue
		}
		// As those who renew certificates do: whole, under its name at once.
		if err := errors.Join(os.WriteFile(path+".new", pem.EncodeToMemory(block), 0o600), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
	}
}

// startDaemon runs a station without cameras until the test ends.
func startDaemon(t *testing.T, cfg config, logged io.Writer) *stationDaemon {
	t.Helper()
	d, err := newStation(cfg, slog.New(slog.NewTextHandler(logged, nil)), nil, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.listen(cfg); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.serve(ctx, cfg) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, d.close(slog.New(slog.DiscardHandler))); err != nil {
			t.Error(err)
		}
	})
	return d
}

// daemonConfig is one that disturbs nobody.
func daemonConfig(t *testing.T, environ ...string) config {
	t.Helper()
	dir := t.TempDir()
	return mustLoad(t, "", append([]string{
		"CUSTODOCK_STATION_ID=test", "CUSTODOCK_DATA_DIR=" + filepath.Join(dir, "data"), "CUSTODOCK_CAMERAS_ROOTS=" + filepath.Join(dir, "cameras"),
		"CUSTODOCK_HTTP_LISTEN=127.0.0.1:0", "CUSTODOCK_USB_ENABLED=false",
	}, environ...)...)
}

// presented connects, with at most that version of TLS, and returns whose
// certificate the server shows.
func presented(t *testing.T, address string, version uint16) (string, error) {
	t.Helper()
	d := net.Dialer{Timeout: 10 * time.Second}
	// What it shows is what is looked at.
	conn, err := tls.DialWithDialer(&d, "tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: version})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

// A certificate is replaced under the daemon, as they are every few weeks.
func TestCertificateChanges(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	makeCertificate(t, "first", cert, key, 90*24*time.Hour)
	var logged lockedBuffer
	d := startDaemon(t, daemonConfig(t, "CUSTODOCK_HTTP_TLS_CERT="+cert, "CUSTODOCK_HTTP_TLS_KEY="+key), &logged)
	address := d.tcp.Addr().String()
	shows := func(want string) {
		t.Helper()
		if got, err := presented(t, address, tls.VersionTLS13); err != nil || got != want {
			t.Errorf("it shows %q, %v; want %q", got, err, want)
		}
	}
	shows("first")
	makeCertificate(t, "second", cert, key, 90*24*time.Hour)
	shows("second")
	makeCertificate(t, "half", cert, "", 90*24*time.Hour) // whose key is not there yet
	shows("second")
	shows("second")
	if n := strings.Count(logged.String(), "cannot be used"); n != 1 {
		t.Errorf("it is said %d times, want once:\n%s", n, logged.String())
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	shows("second")
	makeCertificate(t, "third", cert, key, time.Hour)
	shows("third")
	if !strings.Contains(logged.String(), "will soon not be") {
		t.Errorf("nobody is told that it ends:\n%s", logged.String())
	}
	if _, err := presented(t, address, tls.VersionTLS11); err == nil {
		t.Error("it speaks TLS 1.1")
	}
	if _, err := presented(t, address, tls.VersionTLS12); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
}

func TestTLSAlone(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	makeCertificate(t, "station", cert, key, 90*24*time.Hour)
	var logged lockedBuffer
	d := startDaemon(t, daemonConfig(t, "CUSTODOCK_HTTP_TLS_CERT="+cert, "CUSTODOCK_HTTP_TLS_KEY="+key), &logged)
	pool := x509.NewCertPool()
	data, err := os.ReadFile(cert)
	if err != nil || !pool.AppendCertsFromPEM(data) {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	if got, want := getFrom(t, client, d.address()+"/api/v1/status"), "HTTP/2.0 200 OK, HSTS max-age=31536000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := getFrom(t, client, "http://"+d.tcp.Addr().String()+"/"), "HTTP/1.0 400 Bad Request, HSTS "; got != want {
		t.Errorf("without TLS: got %s, want %s", got, want)
	}
	if !strings.Contains(logged.String(), "address=https://127.0.0.1:") {
		t.Errorf("the log does not say where:\n%s", logged.String())
	}
}

// getFrom says what the head of an answer is.
func getFrom(t *testing.T, client *http.Client, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	_, _ = io.Copy(io.Discard, r.Body)
	return r.Proto + " " + r.Status + ", HSTS " + r.Header.Get("Strict-Transport-Security")
}

// What would not let the daemon serve is found before it is started.
func TestCertificateIsChecked(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	makeCertificate(t, "one", at("one.pem"), at("one.key"), time.Hour)
	makeCertificate(t, "two", at("two.pem"), at("two.key"), time.Hour)
	for _, test := range []struct{ cert, key, says string }{
		{"one.pem", "one.key", ""},
		{"one.pem", "two.key", "private key does not match"},
		{"one.pem", "none", "no such file"},
		{"none", "one.key", "no such file"},
		{"one.key", "one.key", "failed to find"},
	} {
		file := writeConfig(t, "http: {tls_cert: "+at(test.cert)+", tls_key: "+at(test.key)+"}")
		_, err := checkConfig(file, nil)
		if (err == nil) != (test.says == "") {
			t.Errorf("%s with %s: %v", test.cert, test.key, err)
		}
		if err != nil && (!errors.Is(err, errConfig) || !strings.Contains(err.Error(), "http.tls_cert") || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s with %s: %v does not say %s", test.cert, test.key, err, test.says)
		}
	}
}

// Who opens a station to the network is told what that means, once.
func TestWarningOfNetwork(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	makeCertificate(t, "station", cert, key, 90*24*time.Hour)
	withTLS := []string{"CUSTODOCK_HTTP_TLS_CERT=" + cert, "CUSTODOCK_HTTP_TLS_KEY=" + key}
	for _, test := range []struct {
		listen   string
		tls, any bool
		want     []string
	}{
		{"127.0.0.1:0", false, false, nil},
		{"[::1]:0", false, false, nil},
		{":0", false, false, []string{"there is no account", "there is no TLS"}},
		{":0", true, false, []string{"there is no account"}},
		{":0", false, true, []string{"there is no TLS"}},
		{":0", true, true, nil},
	} {
		environ := []string{"CUSTODOCK_HTTP_LISTEN=" + test.listen}
		if test.tls {
			environ = append(environ, withTLS...)
		}
		cfg := daemonConfig(t, environ...)
		var logged lockedBuffer
		d, err := newStation(cfg, slog.New(slog.NewTextHandler(&logged, nil)), nil, ingest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if test.any {
			if _, err := d.accounts.Add("chen", "auditor", "", "correct horse"); err != nil {
				t.Fatal(err)
			}
		}
		if d.tcp, err = net.Listen("tcp", cfg.HTTP.Listen); err != nil {
			t.Fatal(err)
		}
		d.warnOfNetwork()
		if n := strings.Count(logged.String(), "level=WARN"); n != len(test.want) {
			t.Errorf("%+v: %d warnings:\n%s", test, n, logged.String())
		}
		for _, want := range test.want {
			if !strings.Contains(logged.String(), want) {
				t.Errorf("%+v: it is not said that %s", test, want)
			}
		}
		if err := errors.Join(d.tcp.Close(), d.close(slog.New(slog.DiscardHandler))); err != nil {
			t.Error(err)
		}
	}
}
