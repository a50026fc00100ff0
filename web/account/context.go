package account

import "context"

// Asker is who sends a request, and what it may ask for.
type Asker struct {
	User *User // nil: nobody is signed in
	May  Duty
}

type askerKey struct{}

// With returns a context of a request from who.
func With(ctx context.Context, who Asker) context.Context {
	return context.WithValue(ctx, askerKey{}, who)
}

// From returns who is signed in, nil for nobody.
func From(ctx context.Context) *User {
	who, _ := ctx.Value(askerKey{}).(Asker)
	return who.User
}

// May reports whether the request may have at least one of what. Nobody being
// signed in does not mean no: see [Unclaimed].
func May(ctx context.Context, what Duty) bool {
	who, _ := ctx.Value(askerKey{}).(Asker)
	return who.May&what != 0
}
