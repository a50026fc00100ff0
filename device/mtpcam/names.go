package mtpcam

import (
	"fmt"
	"slices"

	"custodock/device/mtp"
)

// maxNamed is how many storages a camera may have shown during a docking.
const maxNamed = 4 * maxStorages

// maxUntold is how many listings go without a storage that needs a name and is not
// described. They are a minute and a half, as a camera is listed again that
// lacks something.
const maxUntold = 3

// names are the storages' names in paths. A storage keeps its own for as long as
// the camera is docked: what comes later, or was locked, must not make the clips
// of another one look new.
type names struct {
	prefixes map[mtp.StorageID]string // of all that were seen
	labels   map[mtp.StorageID]label  // of those that were described
	untold   map[mtp.StorageID]int    // listings that found those without a name not described
}

// label is what is the same of a storage under whatever number it is shown.
type label struct {
	description, volume string
	kind                uint16
	capacity            uint64
}

func (s storage) label() (l label, ok bool) {
	l = label{s.StorageDescription, s.VolumeIdentifier, s.StorageType, s.MaxCapacity}
	return l, s.described && (l.description != "" || l.volume != "")
}

// prefix is a storage's name in paths, or what tells it apart if it has none yet.
func (n *names) prefix(id mtp.StorageID) string {
	if name, ok := n.prefixes[id]; ok {
		return name
	}
	return idName(id)
}

func idName(id mtp.StorageID) string { return fmt.Sprintf("%08X", uint32(id)) }

// wait notes, at a listing, the storages that have no name and are not described.
func (n *names) wait(all []storage) {
	if n.untold == nil {
		n.untold = make(map[mtp.StorageID]int)
	}
	for _, st := range all {
		_, named := n.prefixes[st.id]
		if !named && !st.described && (n.untold[st.id] > 0 || len(n.untold) < maxNamed) {
			n.untold[st.id]++
		}
	}
}

// name gives names to the storages that the camera shows. The first one has none.
// One that needs a name and is not described goes without for a while: the name
// that it had in another docking is its description, and under another one all
// its clips would be others.
func (n *names) name(all []storage) {
	if n.prefixes == nil {
		n.prefixes, n.labels = make(map[mtp.StorageID]string), make(map[mtp.StorageID]label)
	}
	n.handOver(all)
	used := make(map[string]bool)
	for _, name := range n.prefixes {
		used[name] = true
	}
	for i, st := range all {
		if _, ok := n.prefixes[st.id]; ok || len(n.prefixes) >= maxNamed {
			continue
		}
		name := ""
		if used[""] || !isFirst(st.id, i == 0) {
			if !st.described && !st.never && n.untold[st.id] <= maxUntold {
				continue
			}
			name = element(st.name())
		}
		if used[name] {
			name = fmt.Sprintf("%s %s", name, idName(st.id))
		}
		used[name] = true
		n.prefixes[st.id] = name
		delete(n.untold, st.id)
	}
	n.read(all)
}

// read keeps the labels of storages that have a name.
func (n *names) read(all []storage) {
	for _, st := range all {
		if l, ok := st.label(); ok {
			if _, named := n.prefixes[st.id]; named {
				n.labels[st.id] = l
			}
		}
	}
}

// handOver gives a storage that is new the name of the one that left with its
// label: Android shows a card that is mounted again under another number. If it
// could be either of two, it is neither.
func (n *names) handOver(all []storage) {
	left := make(map[label][]mtp.StorageID)
	for _, id := range n.missing(ids(all)) {
		if l, ok := n.labels[id]; ok {
			left[l] = append(left[l], id)
		}
	}
	came := make(map[label][]mtp.StorageID)
	for _, st := range all {
		if l, ok := st.label(); ok {
			if _, named := n.prefixes[st.id]; !named {
				came[l] = append(came[l], st.id)
			}
		}
	}
	for l, now := range came {
		if was := left[l]; len(was) == 1 && len(now) == 1 {
			n.prefixes[now[0]] = n.prefixes[was[0]]
			delete(n.prefixes, was[0])
			delete(n.labels, was[0])
		}
	}
}

// named are those of some storages that have a name.
func (n *names) named(ids []mtp.StorageID) []mtp.StorageID {
	return slices.DeleteFunc(slices.Clone(ids), func(id mtp.StorageID) bool {
		_, ok := n.prefixes[id]
		return !ok
	})
}

// unnamed are those of some storages that have none.
func (n *names) unnamed(ids []mtp.StorageID) []mtp.StorageID {
	return slices.DeleteFunc(slices.Clone(ids), func(id mtp.StorageID) bool {
		_, ok := n.prefixes[id]
		return ok
	})
}

// isFirst says whether a storage is the camera's first one: as a rule, the
// lowest of those that are there. uMTP-Responder numbers them 0xFFFF0001 and up
// as they stand in its configuration, also those that are locked and not shown
// (1.3.10, mtp.c): there, only number one is the first.
func isFirst(id mtp.StorageID, lowest bool) bool {
	if id>>16 == 0xFFFF {
		return id == 0xFFFF0001
	}
	return lowest
}

// missing are the storages that were seen and are not among ids.
func (n *names) missing(ids []mtp.StorageID) (missing []mtp.StorageID) {
	for id := range n.prefixes {
		if !slices.Contains(ids, id) {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	return missing
}
