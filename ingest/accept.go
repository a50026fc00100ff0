package ingest

import (
	"maps"

	"custodock/store"
)

// accept makes the listing's jobs all that the camera's queue holds. One that
// lacks something adds to what was known: what it did not come to is still to
// be stored.
func (s *session) accept(list []*job, books store.Books, lacks lack) {
	s.st.pulled.arrive(s.docking, books.Files)
	keep := s.expect(list, books, lacks)
	if lacks == lacksNothing {
		s.st.queue.replace(s.lane, keep)
	} else {
		s.st.queue.amend(s.lane, keep)
	}
}

// expect puts down what is left to be stored, and returns the jobs that are not
// under way.
func (s *session) expect(list []*job, books store.Books, lacks lack) (keep []*job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlistable, s.lacks = nil, lacks
	books.Stored, books.Released = s.books.Stored, s.books.Released
	s.books = books
	left := make(map[string]waiting, len(list))
	if lacks != lacksNothing {
		maps.Copy(left, s.left)
		maps.DeleteFunc(left, func(id string, _ waiting) bool { return lacks == lacksForGood && s.isForsaken(id) })
	}
	s.left = left
	for _, j := range list {
		if j.task != taskRelease {
			left[j.clip] = waiting{j.file.Size, j.due}
		}
		if s.copying[j.clip] != nil {
			continue // under way
		}
		j.after = s.retryAt[j.clip]
		keep = append(keep, j)
	}
	for id := range s.failed {
		if _, ok := left[id]; !ok {
			delete(s.failed, id)
			delete(s.noRoom, id)
		}
	}
	return keep
}

// isForsaken reports whether a clip that a listing does not have will not be
// tried again: it went away, or became another one, and such a clip waits for a
// listing that has it. One that lacks only what no listing can have is that
// listing. The caller holds s.mu.
func (s *session) isForsaken(id string) bool {
	return s.failed[id].changed && s.copying[id] == nil
}
