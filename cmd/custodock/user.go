package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custodock/web/account"
)

// userFields are the columns of accounts as CSV.
const userFields = "name role badge disabled created_at password_at"

// whichUsers is what to do when there is no such account.
const whichUsers = "'custodock user list' lists the accounts"

// passwordHelp is in the help of the commands that take a password.
const passwordHelp = `
A password is 10 to 72 bytes and does not contain the account's name. On a
terminal it is asked for twice and not shown; else it is the first line of
standard input, or of the file that --password-file names.`

func newUserAddCommand(a *app) *cobra.Command {
	var body struct {
		Name     string       `json:"name"`
		Role     account.Role `json:"role"`
		Badge    string       `json:"badge,omitempty"`
		Password string       `json:"password"`
	}
	var role, file string
	cmd := &cobra.Command{
		Use:   "add NAME --role officer|equipment|supervisor|auditor [--badge B]",
		Short: "make an account",
		Long: `Make an account. An officer sees their own clips, those of --badge; equipment
staff see cameras and assign them; a supervisor sees and plays all clips and
settles what is open; an auditor sees all but footage, and changes nothing.
` + passwordHelp,
		Args: oneArg("NAME"),
	}
	cmd.Flags().StringVar(&role, "role", "", "what the user is: officer, equipment, supervisor or auditor")
	cmd.Flags().StringVar(&body.Badge, "badge", "", "the user's badge number; an officer needs one")
	addPasswordFile(cmd, &file)
	from := a.addUserReach(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if err := checkRole(role); err != nil {
			return err
		}
		body.Name, body.Role = args[0], account.Role(role)
		if body.Role == account.Officer && body.Badge == "" {
			return usagef("say which clips are the officer's with --badge B")
		}
		return from.use(cmd.Context(), func(l *link) error {
			if body.Password, err = a.newPassword(cmd.Context(), file); err != nil {
				return err
			}
			return a.changeUser(cmd, l, "/control/v1/users", body, "added")
		})
	}
	return cmd
}

func newUserPasswordCommand(a *app) *cobra.Command {
	var body struct {
		Password string `json:"password"`
	}
	var file string
	cmd := &cobra.Command{
		Use:   "passwd NAME",
		Short: "give an account another password, and end its sessions",
		Long:  "Give an account another password. Whoever is signed in with it no longer is.\n" + passwordHelp,
		Args:  oneArg("NAME"),
	}
	addPasswordFile(cmd, &file)
	from := a.addUserReach(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path, err := userPath(args[0], "password")
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			if body.Password, err = a.newPassword(cmd.Context(), file); err != nil {
				return err
			}
			return a.changeUser(cmd, l, path, body, "has another password")
		})
	}
	return cmd
}

func newUserRoleCommand(a *app) *cobra.Command {
	var body struct {
		Role  account.Role `json:"role"`
		Badge string       `json:"badge,omitempty"`
	}
	cmd := &cobra.Command{
		Use:   "role NAME officer|equipment|supervisor|auditor [--badge B]",
		Short: "give an account another role, and end its sessions",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[0] == "" {
				return fmt.Errorf("needs one NAME and one role")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&body.Badge, "badge", "", "the user's badge number; without it the badge stays")
	from := a.addUserReach(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkRole(args[1]); err != nil {
			return err
		}
		body.Role = account.Role(args[1])
		path, err := userPath(args[0], "role")
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error { return a.changeUser(cmd, l, path, body, "changed") })
	}
	return cmd
}

// newUserChangeCommand makes the commands that need no more than a name.
func newUserChangeCommand(a *app, what, short string) *cobra.Command {
	cmd := &cobra.Command{Use: what + " NAME", Short: short, Args: oneArg("NAME")}
	from := a.addUserReach(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path, err := userPath(args[0], what)
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			return a.changeUser(cmd, l, path, nil, strings.TrimSuffix(what, "e")+"ed")
		})
	}
	return cmd
}

func newUserListCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "list the accounts", Args: noArgs}
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	from.accounts = true
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return from.use(cmd.Context(), func(l *link) error {
			var rows []json.RawMessage
			raw, err := l.get(cmd.Context(), "/control/v1/users", &rows)
			if err != nil {
				return err
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, fields(userFields), raw, rows...)
			}
			var list []account.User
			if err := json.Unmarshal(raw, &list); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			_, c, _, err := l.status(cmd.Context())
			if err != nil {
				return err
			}
			return userTable(c, list).show(a.stdout, a.screenOf(a.stdout), "accounts, times in "+c.zone.String(), "there is no account")
		})
	}
	return cmd
}

func userTable(c clock, list []account.User) *table {
	t := &table{columns: []column{
		{head: "NAME", least: 8, middle: true}, {head: "ROLE"}, {head: "BADGE", least: 6},
		{head: "STATE"}, {head: "CREATED", drop: 1}, {head: "PASSWORD", drop: 2},
	}}
	for _, u := range list {
		state := cell{"", plain}
		if u.Disabled {
			state = cell{"disabled", yellow}
		}
		t.add(cell{u.Name, plain}, cell{string(u.Role), plain}, cell{u.Badge, plain}, state,
			cell{c.minute(u.CreatedAt), plain}, cell{c.minute(u.PasswordAt), plain})
	}
	return t
}

// addUserReach is addReach for commands that change accounts.
func (a *app) addUserReach(cmd *cobra.Command) *reach {
	r := a.addReach(cmd)
	r.change, r.accounts = true, true
	return r
}

func userPath(name, what string) (string, error) {
	element, err := element("name", name, whichUsers)
	return "/control/v1/users/" + element + "/" + what, err
}

func checkRole(role string) error {
	if role == "" {
		return usagef("say what the user is with --role officer|equipment|supervisor|auditor")
	}
	var known []string
	for _, r := range account.Roles {
		known = append(known, string(r))
	}
	if !slices.Contains(known, role) {
		return usagef("role: %q is none of %s%s", role, strings.Join(known, ", "), didYouMean(role, known))
	}
	return nil
}

// changeUser sends what is to change and says what became of the account.
func (a *app) changeUser(cmd *cobra.Command, l *link, path string, body any, what string) error {
	var u account.User
	if _, err := l.ask(cmd.Context(), http.MethodPost, path, body, &u); err != nil {
		return refused(notFound(err, whichUsers))
	}
	text := fmt.Sprintf("account %s %s: %s", u.Name, what, sentence(string(u.Role), u.Badge))
	if u.Disabled {
		text += ", disabled"
	}
	_, err := fmt.Fprintln(a.stdout, printable(text))
	return err
}
