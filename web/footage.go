package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"custodock/ingest/media"
	"custodock/store"
	"custodock/web/account"
)

// errNotThere is returned for a clip whose bytes cannot be shown: it is not
// stored, or its file in the archive is not what was stored.
var errNotThere = errors.New("the clip is not in the archive as it was stored")

// openClip opens the stored original for reading, which is all that is ever
// done to it.
func (s *server) openClip(c *store.Clip) (*os.File, error) {
	if c.State != store.Stored {
		return nil, errNotThere
	}
	path, err := s.store.ClipFile(c)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0) // a pipe in its place must not hold us up
	if err != nil {
		return nil, fmt.Errorf("open clip %s: %w", c.ID, err)
	}
	st, err := f.Stat()
	if err == nil && (!st.Mode().IsRegular() || st.Size() != c.Size) {
		err = errNotThere
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open clip %s: %w", c.ID, err), f.Close())
	}
	return f, nil
}

// footage is what a clip's page offers of its bytes.
func (s *server) footage(c *store.Clip) player {
	f, err := s.openClip(c)
	if err != nil {
		if c.State == store.Stored {
			s.log.Error("a stored clip cannot be opened; run: custodock verify", "clip", c.ID, "error", err)
			return player{Why: "clip.cannot_find"}
		}
		return player{Why: "clip.cannot_yet"}
	}
	defer f.Close()
	streams, err := media.LookAtStreams(f, c.Size, c.Name)
	if err != nil {
		s.log.Error("a stored clip cannot be read", "clip", c.ID, "error", err)
		return player{Why: "clip.cannot_find"}
	}
	return playerOf(c, streams)
}

// mayPlay reports whether it is the duty of who asks to see the footage of c.
// Footage needs somebody: what is shown to nobody can be held against nobody.
func mayPlay(r *http.Request, c *store.Clip) bool {
	u := account.From(r.Context())
	switch {
	case u == nil:
		return false
	case account.May(r.Context(), account.Play):
		return true
	}
	return account.May(r.Context(), account.PlayOwn) && u.Badge != "" && u.Badge == c.Badge
}

// serveFootage serves a stored clip's bytes, whole or by ranges, to play or
// with download=1 to keep. That it is done is put down first.
func (s *server) serveFootage(w http.ResponseWriter, r *http.Request) {
	c, ok := s.clipFor(r)
	if !ok || !mayPlay(r, c) {
		writeProblem(w, http.StatusNotFound, "there is no such clip, or it is not yours to see")
		return
	}
	f, err := s.openClip(c)
	if err != nil {
		if !errors.Is(err, errNotThere) && !errors.Is(err, fs.ErrNotExist) {
			s.log.Error("a stored clip cannot be opened; run: custodock verify", "clip", c.ID, "error", err)
		}
		writeProblem(w, http.StatusNotFound, errNotThere.Error())
		return
	}
	defer f.Close()
	download := r.URL.Query().Get("download") == "1"
	if err := s.noteFootage(r, c, download); err != nil {
		s.log.Error("who looks at a clip cannot be put down, so it is not shown", "clip", c.ID, "error", err)
		writeProblem(w, http.StatusServiceUnavailable, "who looks at a clip is put down, and just now it cannot be; the daemon's log says why")
		return
	}
	streams, err := media.LookAtStreams(f, c.Size, c.Name)
	if err != nil {
		s.log.Error("a stored clip cannot be read", "clip", c.ID, "error", err)
		writeProblem(w, http.StatusInternalServerError, "the archive cannot be read; the daemon's log says why")
		return
	}
	setFootageHeader(w.Header(), c, contentType(c.Kind, streams), download)
	http.ServeContent(w, r, "", time.Time{}, &watched{f, r.Context()})
}

// watched is a file that is read for as long as whoever asks may see it: a
// browser plays a whole clip from one request.
type watched struct {
	io.ReadSeeker
	ctx context.Context //nolint:containedctx // io.Reader has no place for it
}

func (f *watched) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.ReadSeeker.Read(p)
}

// setFootageHeader says what the bytes are. What a browser might take for a
// page gets no rights at all: a camera is hostile until proven otherwise.
func setFootageHeader(h http.Header, c *store.Clip, kind string, download bool) {
	h.Set("Content-Type", kind)
	h.Set("ETag", `"`+c.SHA256+`"`) // parts of it belong together
	top, _, _ := strings.Cut(kind, "/")
	if top != "video" && top != "audio" && top != "image" {
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	}
	disposition := "inline"
	if download || kind == typeBytes {
		disposition = "attachment"
	}
	h.Set("Content-Disposition", disposition+"; "+fileName(c))
}

// fileName is the name under which a browser keeps a clip: camera and name, for
// old browsers in ASCII alone (RFC 6266).
func fileName(c *store.Clip) string {
	name := c.Camera + "-" + c.Name
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/%`, r) {
			return '_'
		}
		return r
	}, name)
	text := strings.TrimPrefix(mime.FormatMediaType("x", map[string]string{"filename": plain}), "x; ")
	if plain != name {
		text += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return text
}

// noteFootage puts down who plays or takes a clip. A player asks for many
// ranges, of which the store counts one an hour: none is left out, or who skips
// the first byte would not be seen.
func (s *server) noteFootage(r *http.Request, c *store.Clip, download bool) error {
	switch {
	case r.Method == http.MethodHead: // which shows nothing
		return nil
	case download:
		return s.store.NoteView(c.ID, signature(r.Context()), store.Downloaded, time.Now())
	}
	return s.store.NoteView(c.ID, signature(r.Context()), store.Played, time.Now())
}

// signature is who is signed in, as it stands in a history.
func signature(ctx context.Context) string {
	u := account.From(ctx)
	switch {
	case u == nil:
		return ""
	case u.Badge != "":
		return u.Name + " (" + u.Badge + ")"
	}
	return u.Name
}
