package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"
)

// expirySoon is how long before its end a certificate is warned of.
const expirySoon = 14 * 24 * time.Hour

// certificate is the station's. Its files are read again when others are in
// their place: certificates of today are replaced every few weeks.
type certificate struct {
	cert, key string // files
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	seen   [2]fileStamp // of the files when they were read last
}

// fileStamp tells one content of a file from the next.
type fileStamp struct {
	inode   uint64
	size    int64
	changed time.Time
}

// fileStampOf follows links, as certbot renews by them. No file is a stamp, too.
func fileStampOf(path string) fileStamp {
	st, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	s := fileStamp{size: st.Size(), changed: st.ModTime()}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		s.inode = sys.Ino
	}
	return s
}

// openCertificate returns what http.tls_cert and http.tls_key name, nil when
// they name nothing.
func openCertificate(cfg config, log *slog.Logger) (*certificate, error) {
	if cfg.HTTP.TLSCert == "" {
		return nil, nil
	}
	c := &certificate{cert: cfg.HTTP.TLSCert, key: cfg.HTTP.TLSKey, log: log}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("%w: http.tls_cert and http.tls_key: %w", errConfig, err)
	}
	return c, nil
}

// config is for a server. TLS 1.0 and 1.1 are no protection (RFC 8996).
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

// get is asked for each connection. Files with which something is wrong, such
// as a certificate whose key is not there yet, leave the one before in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen != [2]fileStamp{fileStampOf(c.cert), fileStampOf(c.key)} {
		if err := c.read(); err != nil {
			c.log.Error("the new certificate cannot be used; the one before stays", "error", err)
		}
	}
	return c.loaded, nil
}

// read looks at the files before it reads them: a change meanwhile is seen
// at the next connection.
func (c *certificate) read() error {
	c.seen = [2]fileStamp{fileStampOf(c.cert), fileStampOf(c.key)}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.loaded = &pair
	until := pair.Leaf.NotAfter
	c.log.Info("certificate read", "path", c.cert, "subject", pair.Leaf.Subject.String(), "valid_until", until.UTC().Format(time.RFC3339))
	if time.Until(until) < expirySoon {
		c.log.Warn("the certificate is no longer valid, or will soon not be: browsers will refuse the station", "path", c.cert, "valid_until", until.UTC().Format(time.RFC3339))
	}
	return nil
}
