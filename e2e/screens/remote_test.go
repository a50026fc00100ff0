//go:build e2e

package screens

import (
	"net"
	"testing"

	"custodock/device/simcam"
)

// From another machine, without TLS, browsers do not say from which site a form
// comes, and name its origin only where the page's policy lets them: forms
// must be taken all the same.
func TestFormsFromAnotherMachine(t *testing.T) {
	s := &station{t: t, dir: t.TempDir(), bays: 4, addr: "0.0.0.0:0", dock: simcam.NewDock()}
	s.start()
	t.Cleanup(s.end)
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, "en")
	b.open("http://" + net.JoinHostPort(ownAddress(t), port) + "/")
	b.text("Empty")
	b.click(`button[name="lang"]`)
	b.text("空闲")
	b.click(`button[name="theme"]`)
	b.await("the theme that was chosen", `document.documentElement.dataset.theme === "light"`)
}

// ownAddress is by which other machines reach this one.
func ownAddress(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	t.Skip("this machine has no address but loopback's, where browsers behave otherwise")
	return ""
}
