package simcam

import (
	"slices"
	"strings"

	"custodock/device/mtp"
)

// storage is a tree of objects.
type storage struct {
	Storage
	id      mtp.StorageID
	ejected bool
	root    []*object
	folders map[string]*object // by path
}

func newStorage(id mtp.StorageID, s Storage) *storage {
	return &storage{Storage: s, id: id, folders: map[string]*object{}}
}

// object is a file or a folder. Its place in Responder.objects makes its
// handle.
type object struct {
	index    int
	storage  *storage
	parent   *object // nil in the root
	name     string
	path     string
	file     *File // nil for a folder
	children []*object

	// known is the session in which its folder was listed last.
	known uint32
}

// add puts a file into a storage, and the folders that it needs.
func (r *Responder) add(s *storage, f File) *object {
	var parent *object
	name := f.Path
	if i := strings.LastIndexByte(f.Path, '/'); i >= 0 {
		parent, name = r.folder(s, f.Path[:i]), f.Path[i+1:]
	}
	return r.place(&object{storage: s, parent: parent, name: name, path: f.Path, file: &f})
}

// folder returns the folder of a path, made if it is not there.
func (r *Responder) folder(s *storage, path string) *object {
	if o := s.folders[path]; o != nil {
		return o
	}
	var parent *object
	name := path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		parent, name = r.folder(s, path[:i]), path[i+1:]
	}
	o := r.place(&object{storage: s, parent: parent, name: name, path: path})
	s.folders[path] = o
	return o
}

func (r *Responder) place(o *object) *object {
	o.index = len(r.objects)
	r.objects = append(r.objects, o)
	if o.parent == nil {
		o.storage.root = append(o.storage.root, o)
	} else {
		o.parent.children = append(o.parent.children, o)
	}
	return o
}

// delete takes an object and what is in it off the camera.
func (r *Responder) delete(o *object) {
	siblings := &o.storage.root
	if o.parent != nil {
		siblings = &o.parent.children
	}
	i := slices.Index(*siblings, o)
	*siblings = slices.Delete(*siblings, i, i+1)
	r.drop(o)
}

func (r *Responder) drop(o *object) {
	r.objects[o.index] = nil
	if o.file == nil {
		delete(o.storage.folders, o.path)
	}
	for _, c := range o.children {
		r.drop(c)
	}
}

// handle is what an object is called in this session.
func (r *Responder) handle(o *object) mtp.ObjectHandle {
	return r.firstHandle() + mtp.ObjectHandle(o.index)
}

func (r *Responder) firstHandle() mtp.ObjectHandle {
	if r.pending(NewHandles) {
		return r.profile.FirstHandle + mtp.ObjectHandle(r.sessions)*0x10000
	}
	return r.profile.FirstHandle
}

// object returns what a handle means now, or nil.
func (r *Responder) object(h mtp.ObjectHandle) *object {
	i := int64(h) - int64(r.firstHandle())
	if i < 0 || i >= int64(len(r.objects)) || r.objects[i] == nil {
		return nil
	}
	o := r.objects[i]
	if r.profile.KnownWhenListed && o.known != r.sessions {
		return nil
	}
	if r.hidden(o) {
		return nil
	}
	return o
}

// hidden says whether the profile never shows an object.
func (r *Responder) hidden(o *object) bool {
	return r.locked || o.storage.ejected || r.profile.HideDotFiles && strings.HasPrefix(o.name, ".")
}

// shownName is an object's name as the responder tells it.
func (r *Responder) shownName(o *object) string {
	if r.profile.OnlyASCII && strings.IndexFunc(o.name, func(c rune) bool { return c > 0x7F }) >= 0 {
		return "Oops"
	}
	return o.name
}
