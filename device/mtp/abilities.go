package mtp

import (
	"errors"
	"slices"
	"sync"
)

// Abilities are what was learned of one responder: what it announces and does
// not have. Sessions with the same responder, one after the other, may share
// them: what broke a session is then not tried again in the next. The zero value
// knows nothing.
type Abilities struct {
	mu    sync.Mutex
	lacks map[ability]bool       // announced, and not there
	works map[OperationCode]bool // gave a part of an object, or its size

	dated   bool // ObjectInfo had a date that the properties had not
	undated int  // how often it was not to be had, before it had one

	sizeHung int // how often a size of 64 bits was waited for in vain
}

// maxUndated is how often ObjectInfo fails for objects of which the properties have
// no date before such objects are taken to have none. One that has no date does not
// count: the date of a clip must not depend on what was listed before it.
const maxUndated = 8

// maxSizeHung is how often a size of 64 bits is waited for in vain. It is as much
// as one walk bears.
const maxSizeHung = maxHung

// ability is something that may turn out not to be there: an operation, or a
// use of one.
type ability struct {
	op  OperationCode
	use string
}

// Uses of GetObjectPropList.
const (
	objectUse = "one object"
	folderUse = "what is in a folder"
	rootUse   = "what is in the root"
)

func (a *Abilities) can(w ability) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.lacks[w] && !a.lacks[ability{op: w.op}]
}

func (a *Abilities) drop(w ability) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lacks == nil {
		a.lacks = make(map[ability]bool)
	}
	a.lacks[w] = true
}

// datesInInfo says that ObjectInfo may have the date of an object whose
// properties have none.
func (a *Abilities) datesInInfo() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.dated || a.undated < maxUndated
}

// sawInfo notes whether it had.
func (a *Abilities) sawInfo(dated bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dated = a.dated || dated
}

// withoutInfo is what it means for an object that its ObjectInfo could not be
// had: nil if this responder does without. That is so of one that does not have
// the operation, and, after as many errors as say so, of one that never gave a
// date by it: its clips would never be listed. To be busy says nothing, and a
// responder that gave dates has them, whatever hangs.
func (a *Abilities) withoutInfo(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.dated, aboutAll(err), sessionLost(err):
	case unsupported(err):
		a.undated = maxUndated
		return nil
	case errors.Is(err, ErrTimeout):
		a.undated += maxUndated / (maxHung + 1) // a walk that bears no more of them is the last one that meets them
	case isResponse(err), errors.Is(err, ErrMalformed), unusable(err):
		a.undated++
	}
	return err
}

// hungForSize notes that a size of 64 bits was waited for in vain, and says
// whether it is not to be waited for again: for the time that it takes, or because
// it cost the session and never came.
func (a *Abilities) hungForSize(broke bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sizeHung++; broke && !a.works[OpGetObjectPropValue] {
		a.sizeHung = maxSizeHung
	}
	return a.sizeHung >= maxSizeHung
}

// sizeHangs says that sizes of 64 bits are not waited for any more.
func (a *Abilities) sizeHangs() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sizeHung >= maxSizeHung
}

func (a *Abilities) worked(op OperationCode) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.works[op]
}

func (a *Abilities) seeWork(op OperationCode) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.works == nil {
		a.works = make(map[OperationCode]bool)
	}
	a.works[op] = true
}

// Supports says that the responder announces an operation and was not seen to
// be without it. Advertised is not implemented: it may still be refused.
func (s *Session) Supports(op OperationCode) bool {
	return slices.Contains(s.info.OperationsSupported, op) && s.can(ability{op: op})
}

func (s *Session) can(a ability) bool { return s.abilities.can(a) }

// drop notes that the responder does not have what it announced: the operation,
// or just this use of it. A list of properties that cost the session is not tried
// in any other use, each of which would cost one.
func (s *Session) drop(a ability, err error) {
	if errors.Is(err, RespOperationNotSupported) || a.op == OpGetObjectPropList && errors.Is(err, ErrBroken) {
		a.use = ""
	}
	s.abilities.drop(a)
	s.log.Info("the responder lacks what it announces", keyOperation, a.op.String(), keyUse, a.use, keyError, err)
}

// unsupported says that err means that an operation is not there at all, or
// not in this form, rather than that it failed.
func unsupported(err error) bool {
	for _, code := range []ResponseCode{
		RespOperationNotSupported, RespParameterNotSupported, RespSpecificationByDepthUnsupported,
		RespSpecificationByGroupUnsupported, RespSpecificationByFormatUnsupported,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
