package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"custodock/web/account"
)

// guard lets through what it is somebody's duty to ask for. It answers the
// rest itself, and then returns nil. release is to be called after the
// request.
//
// The control socket and requests of this process are not its matter: the mode
// of a file said who may.
func (s *server) guard(w http.ResponseWriter, r *http.Request, pattern string) (admitted *http.Request, release func()) {
	if s.opt.Control || isInProcess(r.Context()) {
		return r.WithContext(account.With(r.Context(), account.Asker{May: ^account.Duty(0)})), func() {}
	}
	// Browsers say from which site a request comes. One that changes
	// something comes from a page of ours, or from no page at all.
	if err := s.crossOrigin.Check(r); err != nil {
		s.fail(w, r, http.StatusForbidden, "this came from a page of another site: "+err.Error())
		return nil, nil
	}
	visit, err := s.visit(r)
	if err != nil {
		s.refuseSignIn(w, r, err)
		return nil, nil
	}
	ctx := account.With(r.Context(), s.asker(r, visit))
	if !account.May(ctx, routeDuties[pattern]) {
		s.deny(w, r.WithContext(ctx))
		return nil, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	if visit != nil {
		go func() { // ends with the request
			select {
			case <-visit.Ended: // what lasts, such as events, is not for them any more
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return r.WithContext(ctx), cancel
}

// visit is who is signed in, nil for nobody. Once there are accounts, a name
// with a wrong password is an error also where none is needed: whoever sends
// one means to be somebody.
func (s *server) visit(r *http.Request) (*account.Visit, error) {
	if token := cookie(r, sessionCookie(r)); token != "" {
		if visit := s.accounts.Visit(token); visit != nil {
			return visit, nil
		}
	}
	name, password, ok := r.BasicAuth()
	if !ok || !s.accounts.Any() {
		return nil, nil
	}
	visit, err := s.accounts.Basic(r.Context(), name, password, clientAddress(r))
	if err != nil {
		s.logSignIn(r, name, err)
	}
	return visit, err
}

// named is a request that knows who asks, for pages that are for everybody.
func (s *server) named(r *http.Request) *http.Request {
	if s.opt.Control || isInProcess(r.Context()) {
		return r
	}
	visit, err := s.visit(r)
	if err != nil {
		visit = nil
	}
	return r.WithContext(account.With(r.Context(), s.asker(r, visit)))
}

// asker is what who asks may do.
func (s *server) asker(r *http.Request, visit *account.Visit) account.Asker {
	switch local := s.isLocal(r); {
	case visit != nil:
		return account.Asker{User: visit.User, May: visit.User.Role.Duties()}
	case s.accounts.Any() && local:
		return account.Asker{May: account.Anyone | account.Metrics}
	case s.accounts.Any() || !local && fromLoopback(r) && !isForwarded(r): // by a name that somebody had point here
		return account.Asker{May: account.Anyone}
	case local && s.opt.Guest != nil:
		return account.Asker{User: s.opt.Guest, May: s.opt.Guest.Role.Duties()}
	}
	return account.Asker{May: account.Unclaimed}
}

// deny answers who may not have what they ask for.
func (s *server) deny(w http.ResponseWriter, r *http.Request) {
	user := account.From(r.Context())
	switch {
	case user != nil:
		s.refuseDuty(w, r, user)
	case r.Header.Get("HX-Request") != "":
		// htmx would put the sign-in page into a part of this one.
		w.Header().Set("HX-Redirect", signInAddress(pathOf(r.Header.Get("HX-Current-URL"))))
		challenge(w, r)
		writeProblem(w, http.StatusUnauthorized, "this needs an account; sign in")
	case wantsPage(r) && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		http.Redirect(w, r, signInAddress(r.URL.RequestURI()), http.StatusSeeOther)
	case wantsPage(r):
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
	case !s.accounts.Any():
		writeProblem(w, http.StatusForbidden, "this needs an account, and there is none yet: custodock user add, on the station, makes the first")
	default:
		challenge(w, r)
		writeProblem(w, http.StatusUnauthorized, "this needs an account: sign in at "+signInPath+", or send name and password by HTTP Basic")
	}
}

// refuseDuty answers a user whose duty it is not.
func (s *server) refuseDuty(w http.ResponseWriter, r *http.Request, u *account.User) {
	s.log.Warn("refused: it is not their duty", "user", u.Name, "role", string(u.Role), "method", r.Method, "path", r.URL.Path)
	s.fail(w, r, http.StatusForbidden, fmt.Sprintf("this is not the duty of the role %s", u.Role))
}

// refuseSignIn answers a request whose name and password are not right.
func (s *server) refuseSignIn(w http.ResponseWriter, r *http.Request, err error) {
	if many, ok := errors.AsType[*account.TooManyError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(many.Seconds()))
		s.fail(w, r, http.StatusTooManyRequests, err.Error())
		return
	}
	challenge(w, r)
	s.fail(w, r, http.StatusUnauthorized, err.Error())
}

// challenge says how to sign in. A browser that reads "Basic" would ask for a
// password itself, keep it, and send it for pages of other sites too; so
// browsers, which all call themselves Mozilla, get a scheme that they have no
// window for.
func challenge(w http.ResponseWriter, r *http.Request) {
	scheme := "Basic"
	if strings.HasPrefix(r.UserAgent(), "Mozilla/") {
		scheme = "Session"
	}
	w.Header().Set("WWW-Authenticate", scheme+` realm="custodock", charset="UTF-8"`)
}

// logSignIn logs a wrong password, and not those that were not looked at: how
// many of them there are is a stranger's choice. A name that there is no account
// of may be a password that was typed in the wrong place.
func (s *server) logSignIn(r *http.Request, name string, err error) {
	if !errors.Is(err, account.ErrSignIn) {
		return
	}
	if !s.accounts.Has(name) {
		name = "(no such account)"
	}
	s.log.Warn("a sign-in was refused", "user", name, "client", clientAddress(r))
}

const signInPath = "/sign-in"

// signInAddress leads to next once somebody has signed in.
func signInAddress(next string) string {
	if next == "" || next == "/" {
		return signInPath
	}
	return signInPath + "?" + url.Values{"next": {next}}.Encode()
}

// pathOf is the path and query of an address.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// forwarding are headers that proxies add. What bears one comes from
// elsewhere, whatever the connection says.
var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// isLocal reports whether a request comes from this machine and was meant for
// it. A page of another site can have its own name point here (DNS rebinding);
// it cannot have its requests name us.
func (s *server) isLocal(r *http.Request) bool {
	if !fromLoopback(r) || isForwarded(r) {
		return false
	}
	host := hostOf(r.Host)
	_, err := netip.ParseAddr(host)
	return err == nil || strings.EqualFold(host, "localhost") || host != "" && strings.EqualFold(host, s.hostname)
}

func fromLoopback(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

func isForwarded(r *http.Request) bool {
	return slices.ContainsFunc(forwarding, func(name string) bool { return len(r.Header.Values(name)) > 0 })
}

// hostOf is a Host header without its port.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// clientAddress is where a request comes from, for limits and the log. A proxy
// on this machine is believed to say who was the last before it.
func clientAddress(r *http.Request) string {
	host := hostOf(r.RemoteAddr)
	if from, err := netip.ParseAddr(host); err != nil || !from.Unmap().IsLoopback() {
		return host
	}
	list := r.Header.Values("X-Forwarded-For")
	if len(list) == 0 {
		return host
	}
	hops := strings.Split(list[len(list)-1], ",")
	last, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1]))
	if err != nil {
		return host
	}
	return last.String()
}
