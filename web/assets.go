package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// Styles, scripts and pictures of the pages: ours, and in vendor/ those by
// others, as they published them.
//
//go:embed assets
var assetFiles embed.FS

// assetTypes are the kinds of files that are served; others, such as
// licences, only lie beside them.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// asset is one file as it is served.
type asset struct {
	name        string // with a part of its hash, so that it never changes
	contentType string
	data        []byte
	small       func() []byte // data, compressed when it is asked for first
}

// assets are found by the name that templates use, such as app.css, and by
// the name that browsers ask for.
type assets struct {
	byName map[string]*asset
	served map[string]*asset
}

func readAssets() (*assets, error) {
	a := &assets{make(map[string]*asset), make(map[string]*asset)}
	err := fs.WalkDir(assetFiles, "assets", func(file string, _ fs.DirEntry, err error) error {
		contentType := assetTypes[path.Ext(file)]
		if err != nil || contentType == "" {
			return err
		}
		data, err := assetFiles.ReadFile(file)
		if err != nil {
			return err
		}
		base := path.Base(file)
		sum := sha256.Sum256(data)
		name, ext := strings.TrimSuffix(base, path.Ext(base)), path.Ext(base)
		one := &asset{name + "." + hex.EncodeToString(sum[:5]) + ext, contentType, data, sync.OnceValue(func() []byte { return compress(data) })}
		a.byName[base], a.served[one.name] = one, one
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	return a, nil
}

func compress(data []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // there is this level
	}
	if _, err := w.Write(data); err != nil {
		panic(err) // a bytes.Buffer takes all
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// address is where a browser finds an asset. It panics on a name that there is
// none for: a template of ours is wrong.
func (a *assets) address(name string) string { return "/assets/" + a.byName[name].name }

// versionOf changes with every change of a file.
func versionOf(list ...embed.FS) string {
	sum := sha256.New()
	for _, files := range list {
		err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := files.ReadFile(name)
			fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
			return err
		})
		if err != nil {
			panic(err) // they are embedded
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// ServeHTTP serves one of them, for good: another content has another name.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one := a.served[r.PathValue("name")]
	if one == nil {
		writeProblem(w, http.StatusNotFound, "there is no such asset; another version of the program may have had it")
		return
	}
	h := w.Header()
	h.Set("Content-Type", one.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.Write(one.small())
		return
	}
	w.Write(one.data)
}
