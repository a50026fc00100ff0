package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"custodock/store"
)

// serveControl adds the commands that change something or take long. They are
// served where the file mode of the socket says who may: never over TCP.
func (s *server) serveControl(api huma.API) {
	huma.Register(api, post("assign-camera", "/control/v1/cameras/{serial}/assign", "Who holds a camera from now on"), s.assignCamera)
	huma.Register(api, post("return-camera", "/control/v1/cameras/{serial}/return", "Nobody holds the camera any more"), s.returnCamera)
	s.serveFleet(api)
	s.serveClock(api)
	huma.Register(api, large(post("import-roster", "/control/v1/roster", "Who held which camera when, from a CSV file")), s.importRoster)
	huma.Register(api, post("extend", "/control/v1/extensions", "An extension by Article 15, for a clip or for a camera's clips of a span"), s.extend)
	huma.Register(api, post("revoke-extension", "/control/v1/extensions/{id}/revoke", "An extension is taken back; its record stays"), s.revokeExtension)
	huma.Register(api, post("decide", "/control/v1/clips/{id}/decide", "An undecidable clip was on time, or late"), s.decide)
	huma.Register(api, post("settle", "/control/v1/requests/{id}/settle", "A request for a reason is granted, which records its extension, or refused"), s.settle)
	huma.Register(api, post("note-interruption", "/control/v1/clips/{id}/interruption", "Why the recording before this clip was broken off"), s.noteInterruption)
	huma.Register(api, stream(post("verify", "/control/v1/verify", "Re-read the whole archive"), "application/x-ndjson"), s.verifyArchive)
	huma.Register(api, stream(get("backup", "/control/v1/backup", "A consistent copy of the catalog"), "application/octet-stream"), s.backupCatalog)
	s.serveUsers(api)
}

func post(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Summary: summary}
}

// large lets an operation take a whole file.
func large(op huma.Operation) huma.Operation {
	op.MaxBodyBytes = 2 * maxRoster // it is JSON text, with escapes
	return op
}

func stream(op huma.Operation, contentType string) huma.Operation {
	op.Responses = map[string]*huma.Response{"200": {
		Description: http.StatusText(http.StatusOK),
		Content:     map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	return op
}

// recipient is who gets a camera.
type recipient struct {
	_     struct{} `additionalProperties:"false"`
	Badge string   `json:"badge"`
	Name  string   `json:"name,omitempty"`
	Unit  string   `json:"unit,omitempty"`
}

type assignment struct {
	Serial string `path:"serial" doc:"The camera's serial. It need not have been docked yet."`
	Body   recipient
}

// maxText bounds what a person may enter, in characters.
const maxText = 200

// Resolve implements huma.Resolver.
func (a *assignment) Resolve(huma.Context) (errs []error) {
	b := &a.Body
	if wrong := checkText(a.Serial, true); wrong != "" {
		errs = append(errs, detail("path.serial", nil, "%s", wrong))
	}
	errs = append(errs, checkTexts(
		entered{"body.badge", &b.Badge, true}, entered{"body.name", &b.Name, false}, entered{"body.unit", &b.Unit, false})...)
	if strings.Contains(a.Serial, "/") || a.Serial == "." || a.Serial == ".." {
		errs = append(errs, detail("path.serial", nil, "is not a serial"))
	}
	return errs
}

// entered is a text that a person entered, and where.
type entered struct {
	location string
	text     *string
	required bool
}

// checkTexts trims what was entered and says what is wrong with it.
func checkTexts(fields ...entered) (errs []error) {
	for _, field := range fields {
		*field.text = strings.TrimSpace(*field.text)
		if wrong := checkText(*field.text, field.required); wrong != "" {
			errs = append(errs, detail(field.location, nil, "%s", wrong))
		}
	}
	return errs
}

// checkText says what is wrong with what a person entered, empty if nothing.
// It will be shown in terminals and on pages for years.
func checkText(text string, required bool) string {
	switch {
	case required && text == "":
		return "must not be empty"
	case !utf8.ValidString(text):
		return "must be UTF-8"
	case utf8.RuneCountInString(text) > maxText:
		return "must be at most 200 characters"
	case strings.ContainsFunc(text, isControl):
		return "must not contain control characters"
	}
	return ""
}

// isControl also finds line and paragraph separators and invisible ones, such
// as those that turn the direction of writing.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

func (s *server) assignCamera(ctx context.Context, a *assignment) (*body[CameraStatus], error) {
	h := store.Holder{Badge: a.Body.Badge, Name: a.Body.Name, Unit: a.Body.Unit}
	c, err := s.store.Assign(a.Serial, h, time.Now())
	return s.changed(ctx, "camera assigned", c, err)
}

func (s *server) returnCamera(ctx context.Context, p *cameraPath) (*body[CameraStatus], error) {
	c, err := s.store.Return(p.Serial, "", time.Now())
	return s.changed(ctx, "camera returned", c, err)
}

// changed answers with a camera that was changed.
func (s *server) changed(ctx context.Context, what string, c *store.Camera, err error) (*body[CameraStatus], error) {
	if err != nil {
		return nil, s.refused(ctx, "body.", err)
	}
	holder := store.Holder{}
	if c.Holder != nil {
		holder = *c.Holder
	}
	s.log.Info(what, "camera", c.Serial, "badge", holder.Badge, "name", holder.Name, "unit", holder.Unit)
	return &body[CameraStatus]{inBay(*c, s.occupied(), time.Now())}, nil
}

// verifyLine is one line of the answer to verify: progress as long as it goes
// on, and at the end a report or an error.
type verifyLine struct {
	Progress *store.Progress     `json:"progress,omitempty"`
	Report   *store.VerifyReport `json:"report,omitempty"`
	Error    string              `json:"error,omitempty"`
}

func (s *server) verifyArchive(context.Context, *struct{}) (*huma.StreamResponse, error) {
	if !s.verifying.TryLock() {
		return nil, huma.Error409Conflict("the archive is being verified already; wait for that to end")
	}
	// huma calls Body whenever there is no error, so the lock is given back.
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer s.verifying.Unlock()
		ctx.SetHeader("Content-Type", "application/x-ndjson")
		s.verify(ctx.Context(), ctx.BodyWriter())
	}}, nil
}

func (s *server) verify(ctx context.Context, w io.Writer) {
	heard, cancel := context.WithCancel(ctx) // until nobody listens any more
	defer cancel()
	send := func(line verifyLine) {
		data, err := json.Marshal(line)
		if err == nil {
			err = sendNow(w, string(data)+"\n")
		}
		if err != nil {
			cancel()
		}
	}
	report, err := s.store.Verify(heard, func(p store.Progress) { send(verifyLine{Progress: &p}) })
	switch {
	case heard.Err() != nil: // says nothing of the archive, so it is not counted
		s.log.Warn("the verification of the archive was broken off", "clips", report.Clips)
		send(verifyLine{Error: "the verification was broken off before it was through"})
		return
	case errors.Is(err, store.ErrDamage):
		s.log.Error("the verification found damage in the archive", "problems", len(report.Problems))
		send(verifyLine{Report: &report})
	case err != nil:
		s.log.Error("the archive could not be verified", "error", err)
		send(verifyLine{Error: err.Error()})
	default:
		s.log.Info("the archive was verified", "clips", report.Clips, "bytes", report.Bytes)
		send(verifyLine{Report: &report})
	}
	s.kept(s.station.Verified(err == nil, len(report.Problems), time.Now()))
}

// kept logs that something that was done could not be put down. A store that
// is open for reading only keeps nothing, and nobody expects it to.
func (s *server) kept(err error) {
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		s.log.Error("it was done, but the catalog does not say so", "error", err)
	}
}

func (s *server) backupCatalog(context.Context, *struct{}) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/octet-stream")
		if ctx.Method() == http.MethodHead {
			return
		}
		// Straight from the transaction, which keeps old pages from being used
		// again until the client has taken all: a slow one makes the catalog grow.
		sent, err := s.store.Backup(ctx.BodyWriter())
		if err == nil {
			s.kept(s.station.BackedUp(time.Now()))
			return
		}
		s.log.Error("the catalog could not be backed up", "error", err)
		if sent > 0 {
			panic(http.ErrAbortHandler) // a part must not pass for the whole
		}
		_, w := humago.Unwrap(ctx)
		writeProblem(w, http.StatusInternalServerError, err.Error())
	}}, nil
}
