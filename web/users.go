package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"custodock/web/account"
)

// serveUsers adds the commands on accounts. A password is in the body of a
// request on the socket alone: no log, no argument and no answer has it.
func (s *server) serveUsers(api huma.API) {
	huma.Register(api, get("list-users", "/control/v1/users", "The accounts, by name"), s.listUsers)
	huma.Register(api, post("add-user", "/control/v1/users", "A new account"), s.addUser)
	huma.Register(api, post("set-password", "/control/v1/users/{name}/password", "Another password; ends the user's sessions"), s.setPassword)
	huma.Register(api, post("set-role", "/control/v1/users/{name}/role", "Another role; ends the user's sessions"), s.setRole)
	for what, do := range map[string]func(string) (*account.User, error){
		"disable": s.accounts.Disable, "enable": s.accounts.Enable, "remove": s.accounts.Remove,
	} {
		huma.Register(api, post(what+"-user", "/control/v1/users/{name}/"+what, "The account is "+strings.TrimSuffix(what, "e")+"ed"),
			func(_ context.Context, p *userPath) (*body[*account.User], error) {
				u, err := do(p.Name)
				return s.accountChanged(what, u, err)
			})
	}
}

type userPath struct {
	Name string `path:"name" doc:"The account's name."`
}

func (s *server) listUsers(context.Context, *struct{}) (*body[[]*account.User], error) {
	return &body[[]*account.User]{s.accounts.List()}, nil
}

type newUser struct {
	Body struct {
		_        struct{}     `additionalProperties:"false"`
		Name     string       `json:"name"`
		Role     account.Role `json:"role"`
		Badge    string       `json:"badge,omitempty"`
		Password string       `json:"password"`
	}
}

func (s *server) addUser(_ context.Context, n *newUser) (*body[*account.User], error) {
	first := !s.accounts.Any()
	u, err := s.accounts.Add(n.Body.Name, n.Body.Role, strings.TrimSpace(n.Body.Badge), n.Body.Password)
	if err == nil && first {
		s.log.Info("there is an account now: what shows more than the bays asks for one from here on")
	}
	return s.accountChanged("add", u, err)
}

type newPassword struct {
	Name string `path:"name"`
	Body struct {
		_        struct{} `additionalProperties:"false"`
		Password string   `json:"password"`
	}
}

func (s *server) setPassword(_ context.Context, n *newPassword) (*body[*account.User], error) {
	u, err := s.accounts.SetPassword(n.Name, n.Body.Password)
	return s.accountChanged("password", u, err)
}

type newRole struct {
	Name string `path:"name"`
	Body struct {
		_     struct{}     `additionalProperties:"false"`
		Role  account.Role `json:"role"`
		Badge string       `json:"badge,omitempty" doc:"Without it the badge stays."`
	}
}

func (s *server) setRole(_ context.Context, n *newRole) (*body[*account.User], error) {
	u, err := s.accounts.SetRole(n.Name, n.Body.Role, strings.TrimSpace(n.Body.Badge))
	return s.accountChanged("role", u, err)
}

// accountChanged answers with an account that was changed, or was taken away.
func (s *server) accountChanged(what string, u *account.User, err error) (*body[*account.User], error) {
	switch {
	case errors.Is(err, account.ErrInvalid):
		return nil, huma.NewError(http.StatusUnprocessableEntity, err.Error())
	case errors.Is(err, account.ErrUnknown):
		return nil, huma.Error404NotFound(err.Error())
	case errors.Is(err, account.ErrExists):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil:
		s.log.Error("accounts cannot be changed", "what", what, "error", err)
		return nil, huma.Error500InternalServerError(err.Error())
	}
	s.log.Info("account changed", "what", what, "user", u.Name, "role", string(u.Role), "badge", u.Badge, "disabled", u.Disabled)
	if !s.accounts.Any() {
		s.log.Warn("the last account is gone: who is at this machine may look at everything but footage again")
	}
	return &body[*account.User]{u}, nil
}
